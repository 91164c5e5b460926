using Lumen.Core.Tensors;
using Lumen.Testing;
using Lumen.Training.Data;
using Lumen.Training.Perception;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Perception;

public sealed class PerceptionLossTests
{
    private static readonly PerceptionWeights Weights = new();

    [Fact]
    public void Pixels_that_are_not_known_give_no_gradient()
    {
        using var scope = NewDisposeScope();
        var source = TinyPerception.Scene(3);
        var unknown = Enumerable.Range(0, 32 * 32).Select(i => i % 32 < 12).ToArray();
        var labelled = source with
        {
            Labels = [.. source.Labels!.Select((label, i) => unknown[i] ? LabelledPicture.Ignore : label)],
            Depth = [.. source.Depth!.Select((depth, i) => unknown[i] ? 0 : depth)],
            Normals = [.. source.Normals!.Select((value, i) => unknown[i / 3] ? 0 : value)],
            Yaw = [.. source.Yaw!.Select((yaw, i) => unknown[i] ? float.NaN : yaw)],
        };
        var batch = PerceptionData.FromPictures([labelled], PerceptionClasses.Street).Batch(0);
        var maps = Leaves();
        PerceptionLoss.Of(maps, batch, Weights, ones(10)).backward();
        foreach (var map in Tensors(maps))
            Assert.Equal(0, map.grad!.narrow(3, 0, 12).abs().sum().item<float>());
        Assert.NotEqual(0, maps.Semantic!.grad!.narrow(3, 12, 20).abs().sum().item<float>());
        Assert.NotEqual(0, maps.LogDepth!.grad!.narrow(3, 12, 20).abs().sum().item<float>());
        Assert.NotEqual(0, maps.Normals!.grad!.narrow(3, 12, 20).abs().sum().item<float>());
    }

    [Fact]
    public void A_batch_without_a_known_pixel_has_no_loss_and_does_no_harm()
    {
        using var scope = NewDisposeScope();
        var batch = PerceptionData
            .FromPictures(
                [new LabelledPicture(TinyPerception.Scene(0).Picture) { Labels = [.. Enumerable.Repeat(LabelledPicture.Ignore, 32 * 32)] }],
                PerceptionClasses.Street
            )
            .Batch(0);
        var maps = Leaves();
        var loss = PerceptionLoss.Of(maps, batch, Weights, ones(10));
        loss.backward();
        Assert.Equal(0, loss.item<float>());
        foreach (var map in Tensors(maps))
            Assert.Equal(0, map.grad!.abs().sum().item<float>());
    }

    [Fact]
    public void Heads_that_say_the_truth_have_almost_no_loss()
    {
        using var scope = NewDisposeScope();
        var batch = TinyPerception.Scenes(2).Batch(0, 1);
        var truth = new PerceptionMaps
        {
            Semantic = nn.functional.one_hot(batch.Labels, 10).permute(0, 3, 1, 2).to_type(ScalarType.Float32) * 40,
            LogDepth = (batch.Depth / PerceptionMaps.DepthUnit).log(),
            Normals = nn.functional.normalize(batch.Normals, 2, 1, 1e-6),
            Centres = batch.Centres,
            Offsets = batch.Offsets / PerceptionMaps.OffsetUnit,
            Heading = batch.Heading,
        };
        Assert.InRange(PerceptionLoss.Of(truth, batch, Weights).item<float>(), -1e-6, 1e-3); // rounding
        Assert.InRange(PerceptionLoss.Of(truth with { LogDepth = truth.LogDepth + 0.5 }, batch, Weights).item<float>(), 0.499, 0.502);
        Assert.InRange(PerceptionLoss.Of(truth with { Normals = -truth.Normals }, batch, Weights).item<float>(), 1.99, 2.01);
    }

    [Fact]
    public void Class_weights_even_out_rare_classes()
    {
        var labels = new byte[64];
        labels[0] = 1;
        var data = PerceptionData.FromPictures(
            [new LabelledPicture(Lumen.Imaging.Picture.Filled(8, 8, 0, 0, 0)) { Labels = labels }],
            new PerceptionClasses(["a", "b", "c"], [], [])
        );
        Assert.Equal([1, 1, 0], data.ClassWeights(0));
        var even = data.ClassWeights(1);
        Assert.Equal(63 * even[0], even[1], 1e-3);
        Assert.Equal(64, 63 * even[0] + even[1], 1e-3);
    }

    private static PerceptionMaps Leaves()
    {
        var random = new RandomStream(8);
        return new PerceptionMaps
        {
            Semantic = Leaf(0, 10),
            LogDepth = Leaf(1, 1),
            Normals = Leaf(2, 3),
            Centres = Leaf(3, 1),
            Offsets = Leaf(4, 2),
            Heading = Leaf(5, 2),
        };

        Tensor Leaf(int item, int channels)
        {
            var leaf = random.For(item).Normal(1, channels, 32, 32);
            leaf.requires_grad = true;
            return leaf;
        }
    }

    private static Tensor[] Tensors(PerceptionMaps maps) =>
        [maps.Semantic!, maps.LogDepth!, maps.Normals!, maps.Centres!, maps.Offsets!, maps.Heading!];
}
