using Lumen.Core.Tensors;
using Lumen.Testing;
using Lumen.Training.Backbones;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Training.Backbones;

public sealed class BackboneLossTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Views_are_compared_in_pairs_of_different_views()
    {
        const double Temperature = 0.1;
        var student = new RandomStream(1).Normal(4, 3, 5);
        var teacher = nn.functional.softmax(new RandomStream(2).Normal(2, 3, 5), 2);
        var sum = 0.0;
        for (var g = 0; g < 2; g++)
        {
            for (var v = 0; v < 4; v++)
            {
                if (g == v)
                    continue;
                for (var b = 0; b < 3; b++)
                    sum -= (teacher[g, b] * nn.functional.log_softmax(student[v, b] / Temperature, 0)).sum().item<float>();
            }
        }
        Assert.Equal(sum / (3 * 2 * 3), DistillationLoss.BetweenViews(student, teacher, Temperature).item<float>(), 1e-4);
    }

    [Fact]
    public void Only_masked_patches_count_and_each_view_counts_alike()
    {
        var settings = new RecipeDistillation { MaskSampleProbability = 0.5, MaskRatio = [0.2, 0.6] };
        var masks = MaskedViews.Draw(6, 4, settings, new RandomStream(5), CPU);
        Assert.Equal(3, masks.Masked.any(1, false).sum().item<long>());
        TensorAssert.Same(masks.Masked.flatten().nonzero().flatten(), masks.Places);
        Assert.Equal(3, masks.Weights.sum().item<float>(), 1e-5);

        var outputs = new RandomStream(6).Normal(6, 16, 7);
        var targets = nn.functional.softmax(new RandomStream(7).Normal(6, 16, 7), 2);
        var loss = Loss(outputs);
        var seen = masks.Masked.logical_not().unsqueeze(2);
        Assert.Equal(loss, Loss(outputs + seen.to_type(ScalarType.Float32) * 9)); // what was not masked may be anything
        Assert.NotEqual(loss, Loss(outputs.roll(1, 2)));
        var byHand = 0.0;
        for (var view = 0; view < 6; view++)
        {
            long[] places =
            [
                .. Enumerable.Range(0, 16).Where(patch => masks.Masked[view, patch].item<bool>()).Select(patch => (long)patch),
            ];
            if (places.Length == 0)
                continue;
            byHand +=
                places.Average(patch =>
                    -(targets[view, patch] * nn.functional.log_softmax(outputs[view, patch] / 0.1, 0)).sum().item<float>()
                ) / 6;
        }
        Assert.Equal(byHand, loss, 1e-4);

        float Loss(Tensor student) =>
            DistillationLoss
                .MaskedPatches(
                    student.flatten(0, 1).index_select(0, masks.Places),
                    targets.flatten(0, 1).index_select(0, masks.Places),
                    masks.Weights,
                    6,
                    0.1
                )
                .item<float>();
    }

    [Theory]
    [InlineData(4, 0)]
    [InlineData(4, 3)]
    [InlineData(8, 30)]
    [InlineData(12, 143)]
    [InlineData(3, 9)]
    public void A_mask_has_exactly_as_many_patches_as_asked_for(int side, int count)
    {
        for (var seed = 0UL; seed < 20; seed++)
            Assert.Equal(count, PatchMask.Draw(side, count, new RandomStream(seed)).Count(masked => masked));
        if (count is > 4 and < 100 && count < side * side)
            Assert.NotEqual(
                PatchMask.Draw(side, count, new RandomStream(1)),
                PatchMask.Draw(side, count, new RandomStream(2)).AsEnumerable()
            );
    }

    [Fact]
    public void Spread_class_tokens_lose_less_than_crowded_ones()
    {
        var spread = eye(4);
        var crowded = spread * 0.05 + 1;
        var loss = DistillationLoss.Spread(spread).item<float>();
        Assert.Equal(-Math.Log(Math.Sqrt(2)), loss, 1e-4); // unit vectors at right angles are √2 apart
        Assert.True(DistillationLoss.Spread(crowded).item<float>() > loss + 1);
    }

    [Fact]
    public void The_centre_lets_no_prototype_win_for_every_picture()
    {
        // Outputs that hardly tell pictures apart, and one prototype that is ahead for all of them.
        var outputs = new RandomStream(3).Normal(64, 8) * 0.02;
        outputs.select(1, 5).add_(0.5);
        Assert.True(Usage(new TeacherCentre(8, 1)) < 0.01); // never moves
        Assert.True(Usage(new TeacherCentre(8, 0.9)) > 0.95);

        double Usage(TeacherCentre centre)
        {
            for (var step = 0; step < 60; step++)
                centre.Update(outputs.mean([0], keepdim: true));
            var mean = centre.Sharpen(outputs, 0.04).mean([0]);
            return -(mean * mean.log()).sum().item<float>() / Math.Log(8);
        }
    }

    [Fact]
    public void Sinkhorn_Knopp_gives_every_prototype_its_share_and_tells_apart_what_hardly_differs()
    {
        var outputs = new RandomStream(3).Normal(64, 8) * 0.002;
        outputs.select(1, 5).add_(0.5);
        var targets = SinkhornKnopp.Assign(outputs, 0.001);
        TensorAssert.Close(ones(64), targets.sum([1]), 1e-5, 0, "rows");
        TensorAssert.Close(full(8, 8f), targets.sum([0]), 0.8, 0, "a share of 64 pictures for each of 8 prototypes");
        Assert.True(targets.max(1).values.mean().item<float>() > 0.5, "pictures choose although their outputs differ by a thousandth");
        // A constant that is added to a prototype for all pictures changes nothing; nor does an even batch.
        TensorAssert.Close(targets, SinkhornKnopp.Assign(outputs + tensor(new[] { 0, 1f, 0, 0, -2, 0, 0, 3 }), 0.001), 2e-3, 0, "shifted");
        TensorAssert.Close(full([4, 8], 1 / 8f), SinkhornKnopp.Assign(zeros(4, 8), 0.05), 1e-6, 0, "even");
    }

    [Fact]
    public void The_contrastive_loss_is_the_mean_of_both_directions()
    {
        var pictures = tensor(new[] { 3f, 0, 0, 2 }, 2, 2); // unit directions (1, 0) and (0, 1)
        var texts = tensor(new[] { 1f, 0, 3, 4 }, 2, 2); // (1, 0) and (0.6, 0.8)
        var cosines = ContrastiveLoss.Cosines(pictures, texts);
        TensorAssert.Close(tensor(new[] { 1f, 0.6f, 0, 0.8f }, 2, 2), cosines, 1e-6, 0);
        // Rows: softmax of (10, 6) and of (0, 8). Columns: of (10, 0) and of (6, 8).
        static double Loss(double own, double other) => Math.Log(1 + Math.Exp(other - own));
        var expected = (Loss(10, 6) + Loss(8, 0) + Loss(10, 0) + Loss(8, 6)) / 4;
        Assert.Equal(expected, ContrastiveLoss.Symmetric(cosines, tensor(10f), ["day", "night"]).item<float>(), 1e-5);
    }

    [Fact]
    public void Equal_captions_are_no_wrong_answers()
    {
        var cosines = new RandomStream(4).Uniform(3, 3);
        var alone = ContrastiveLoss.Symmetric(cosines, tensor(5f), ["night", "day", "night"]).item<float>();
        var changed = cosines.clone();
        changed[0, 2] = tensor(1f);
        changed[2, 0] = tensor(1f);
        Assert.Equal(alone, ContrastiveLoss.Symmetric(changed, tensor(5f), ["night", "day", "night"]).item<float>(), 1e-6);
        Assert.True(ContrastiveLoss.Symmetric(changed, tensor(5f), ["night", "day", "fog"]).item<float>() > alone + 0.1);
    }
}
