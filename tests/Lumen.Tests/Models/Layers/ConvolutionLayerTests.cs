using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using Lumen.Testing;
using Lumen.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Layers;

/// <summary>
/// Convolutions against those of another implementation (PyTorch's own, in float64), for numbers of channels at which oneDNN's kernels have
/// been wrong.
/// </summary>
public sealed class ConvolutionLayerTests
{
    public static MatrixTheoryData<ScalarType, (int Input, int Output, int Kernel)> Cases { get; } =
        new(
            [ScalarType.Float32, ScalarType.BFloat16],
            [
                (32, 3, 3),
                (32, 4, 3),
                (32, 5, 3),
                (24, 24, 3),
                (32, 17, 3),
                (3, 32, 3),
                (4, 32, 3),
                (20, 16, 3),
                (40, 40, 3),
                (24, 40, 3),
                (8, 8, 1),
                (48, 40, 1),
                (40, 48, 1),
                (20, 20, 1),
                (4, 4, 1),
            ]
        );

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_and_gradients_are_right_whatever_the_number_of_channels(ScalarType type, (int Input, int Output, int Kernel) size)
    {
        using var scope = NewDisposeScope();
        using var layer = new ConvolutionLayer(
            (size.Input, size.Output),
            size.Kernel,
            (1, size.Kernel / 2),
            true,
            new Placement(CPU, type)
        );
        WeightInitialisation.Apply(layer, new RandomStream(7));
        var (weight, bias) = (Exact(layer.get_parameter("weight")!), Exact(layer.get_parameter("bias")!));
        var random = new RandomStream(1);
        for (var turn = 0; turn < 4; turn++) // the faults depend on what memory held before
        {
            using var step = NewDisposeScope();
            LeaveNotNumbers();
            var x = random.For(turn).Normal([2, size.Input, 16, 16]).to_type(type).requires_grad_();
            var exact = Exact(x);
            var (found, wanted) = (layer.call(x), nn.functional.conv2d(exact, weight, bias, padding: [size.Kernel / 2, size.Kernel / 2]));
            Close(wanted, found, type, "output");
            var weights = random.For(turn).For(1).Normal(wanted.shape).to_type(type);
            (found * weights).to_type(ScalarType.Float64).sum().backward();
            (wanted * weights.to_type(ScalarType.Float64)).sum().backward();
            Close(exact.grad!, x.grad!, type, "gradient of the input");
            Close(weight.grad!, layer.get_parameter("weight")!.grad!, type, "gradient of the weight");
            Close(bias.grad!, layer.get_parameter("bias")!.grad!, type, "gradient of the bias");
            layer.zero_grad();
            weight.grad!.zero_();
            bias.grad!.zero_();
        }
    }

    [Fact]
    public void A_zeroed_layer_gives_zero()
    {
        using var scope = NewDisposeScope();
        using var layer = new ConvolutionLayer((3, 5), 3, (1, 1), true, Placement.Reference);
        layer.Zero();
        Assert.Equal(0, layer.call(ones(1, 3, 4, 4)).abs().max().item<float>());
    }

    [Fact]
    public void Weights_outlive_the_scope_that_built_the_layer()
    {
        ConvolutionLayer layer;
        using (NewDisposeScope())
            layer = new ConvolutionLayer((3, 5), 3, (1, 1), true, Placement.Reference);
        using (layer)
        using (var output = layer.call(ones(1, 3, 4, 4)))
            Assert.Equal([1, 5, 4, 4], output.shape);
    }

    private static Tensor Exact(Tensor x) => x.detach().to_type(ScalarType.Float64).requires_grad_();

    // bfloat16 keeps 8 bits: an error of 2 % of the largest value is rounding, the faults are of the size of the values.
    private static void Close(Tensor wanted, Tensor found, ScalarType type, string what)
    {
        var error = (wanted - found.to_type(ScalarType.Float64)).abs().max().item<double>() / wanted.abs().max().item<double>();
        Assert.True(error < (type == ScalarType.BFloat16 ? 0.02 : 1e-5), $"The {what} is off by {error:p3} of its largest value.");
    }

    private static void LeaveNotNumbers()
    {
        var junk = Enumerable.Range(0, 24).Select(i => full([1L << (8 + i % 10)], float.NaN)).ToArray();
        foreach (var tensor in junk)
            tensor.Dispose();
    }
}
