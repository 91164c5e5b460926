using System.Buffers;
using System.Runtime.InteropServices;
using Lumen.Core.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Layers;

/// <summary>
/// Group norm with what surrounds it in a residual block: a shift a channel added before it, SiLU after it. In bfloat16 it is one kernel
/// (<see cref="GroupNormKernel"/>), with a gradient of its own where a single thread computes; everywhere else it is PyTorch's operators
/// one after the other.
/// </summary>
internal static class NormedActivation
{
    /// <param name="norm">The norm.</param>
    /// <param name="x">[B, C, H, W].</param>
    /// <param name="shift">[B, C] added to every pixel first, or null.</param>
    /// <param name="activated">Whether SiLU follows.</param>
    /// <returns>[B, C, H, W].</returns>
    public static Tensor Apply(GroupNorm norm, Tensor x, Tensor? shift = null, bool activated = true)
    {
        using var scope = NewDisposeScope();
        if (!Suits(norm, x))
        {
            var normed = norm.call(shift is null ? x : x + shift.unsqueeze(-1).unsqueeze(-1));
            return (activated ? functional.silu(normed) : normed).MoveToOuterDisposeScope();
        }
        return Fused(norm, x, shift, activated).MoveToOuterDisposeScope();
    }

    /// <summary>The kernel, whatever the number of threads.</summary>
    internal static Tensor Fused(GroupNorm norm, Tensor x, Tensor? shift, bool activated)
    {
        using var scope = NewDisposeScope();
        var maps = MemoryLayout.ChannelsLast(x);
        var kernel = new GroupNormKernel((int)(x.shape[2] * x.shape[3]), (int)x.shape[1], (int)norm.num_groups, norm.eps, activated);
        var result = is_grad_enabled()
            ? Differentiable.apply(kernel, maps, norm.weight!, norm.bias!, shift!)
            : Forward(kernel, maps, norm.weight!, norm.bias!, shift).Result;
        return result.MoveToOuterDisposeScope();
    }

    private static bool Suits(GroupNorm norm, Tensor x) =>
        x.device_type == DeviceType.CPU
        && x.dtype == ScalarType.BFloat16
        && x.shape[1] % Avx512Math.Width == 0
        && Avx512Math.IsSupported
        && norm.weight is not null
        && (get_num_threads() == 1 || !is_grad_enabled());

    private static unsafe (Tensor Result, float[] Moments) Forward(
        GroupNormKernel kernel,
        Tensor x,
        Tensor weight,
        Tensor bias,
        Tensor? shift
    )
    {
        var result = empty_like(x); // [B, C, H, W], C innermost as in x
        using var scope = NewDisposeScope();
        var count = (int)x.shape[0];
        var (affine, shifts, moments) = (Affine(weight, bias), Floats(shift), new float[count * 2 * kernel.Groups]);
        var size = kernel.Pixels * kernel.Channels;
        fixed (
            ushort* source = Bits(x),
                target = Bits(result)
        )
        fixed (
            float* lines = affine,
                added = shifts,
                moment = moments
        )
        {
            for (var i = 0; i < count; i++)
            {
                var own = moment + i * 2 * kernel.Groups;
                var shiftOf = added is null ? null : added + i * kernel.Channels;
                Apply(kernel, source + (long)i * size, shiftOf, own, lines, target + (long)i * size);
            }
        }
        return (result, moments);
    }

    private static unsafe void Apply(GroupNormKernel kernel, ushort* x, float* shift, float* moments, float* affine, ushort* y)
    {
        var (from, added, own, lines, to) = ((nint)x, (nint)shift, (nint)moments, (nint)affine, (nint)y);
        var sums = new float[2 * kernel.Channels];
        fixed (float* sum = sums)
        {
            var total = (nint)sum;
            const int Width = Avx512Math.Width;
            KernelThreads.Run(
                kernel.Channels / Width,
                (long)kernel.Pixels * Width,
                (first, end) => kernel.Sums((ushort*)from, (float*)added, (float*)total, (int)first * Width, (int)end * Width)
            );
            kernel.Moments(sum, moments);
        }
        KernelThreads.Run(
            kernel.Pixels,
            kernel.Channels,
            (first, end) => kernel.Forward((ushort*)from, (float*)added, (float*)own, (float*)lines, (ushort*)to, ((int)first, (int)end))
        );
    }

    private static unsafe IReadOnlyList<Tensor?> Backward(
        GroupNormKernel kernel,
        IReadOnlyList<Tensor> saved,
        float[] moments,
        Tensor gradient
    )
    {
        var (x, weight, bias, shift) = (saved[0], saved[1], saved[2], saved.Count > 3 ? saved[3] : null);
        var input = empty_like(x);
        var count = (int)x.shape[0];
        var (parameters, shifted) = (new float[2 * kernel.Channels], shift is null ? null : new float[count * kernel.Channels]);
        var size = kernel.Pixels * kernel.Channels;
        using (NewDisposeScope())
        {
            var (affine, shifts) = (Affine(weight, bias), Floats(shift));
            var work = kernel.Activated ? ArrayPool<float>.Shared.Rent(size) : null;
            fixed (
                ushort* source = Bits(x),
                    slope = Bits(MemoryLayout.ChannelsLast(gradient)),
                    target = Bits(input)
            )
            fixed (
                float* lines = affine,
                    added = shifts,
                    moment = moments,
                    sums = parameters,
                    ofShift = shifted,
                    scratch = work
            )
            {
                for (var i = 0; i < count; i++)
                {
                    var at = (long)i * size;
                    kernel.Backward(
                        source + at,
                        added is null ? null : added + i * kernel.Channels,
                        moment + i * 2 * kernel.Groups,
                        lines,
                        slope + at,
                        scratch,
                        target + at,
                        sums,
                        ofShift is null ? null : ofShift + i * kernel.Channels
                    );
                }
            }
            if (work is not null)
                ArrayPool<float>.Shared.Return(work);
        }
        var (weights, biases) = (
            tensor(parameters[..kernel.Channels]).to_type(weight.dtype),
            tensor(parameters[kernel.Channels..]).to_type(bias.dtype)
        );
        return [null, input, weights, biases, shifted is null ? null : tensor(shifted, count, kernel.Channels).to_type(shift!.dtype)];
    }

    private static Span<ushort> Bits(Tensor maps) => MemoryMarshal.Cast<byte, ushort>(maps.permute(0, 2, 3, 1).bytes);

    private static float[] Affine(Tensor weight, Tensor bias) => [.. Floats(weight)!, .. Floats(bias)!];

    private static float[]? Floats(Tensor? values) => values?.to_type(ScalarType.Float32).contiguous().data<float>().ToArray();

    private sealed class Differentiable : autograd.SingleTensorFunction<Differentiable>
    {
        public override string Name => nameof(NormedActivation);

        public override Tensor forward(autograd.AutogradContext context, params object[] inputs)
        {
            var kernel = (GroupNormKernel)inputs[0];
            var (x, weight, bias, shift) = ((Tensor)inputs[1], (Tensor)inputs[2], (Tensor)inputs[3], (Tensor?)inputs[4]);
            var (result, moments) = NormedActivation.Forward(kernel, x, weight, bias, shift);
            KeptForGradient.Save(context, inputs, shift is null ? [x, weight, bias] : [x, weight, bias, shift]);
            context.save_data("kernel", kernel);
            context.save_data("moments", moments);
            return result;
        }

        public override List<Tensor> backward(autograd.AutogradContext context, Tensor gradient) =>
            KeptForGradient.Use(
                context,
                gradient,
                saved =>
                    NormedActivation.Backward(
                        (GroupNormKernel)context.get_data("kernel"),
                        saved,
                        (float[])context.get_data("moments"),
                        gradient
                    )
            );
    }
}
