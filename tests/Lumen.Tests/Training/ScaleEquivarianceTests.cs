using Lumen.Core.Tensors;
using Lumen.Models.Autoencoding;
using Lumen.Testing;
using Lumen.Training;
using Lumen.Training.Data;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Tests.Training;

/// <summary>Latents that are made smaller before they are decoded.</summary>
[Collection(TinyModel.Name)]
public sealed class ScaleEquivarianceTests(TinyModel tiny)
{
    [Fact]
    public void A_share_of_the_micro_batches_is_decoded_at_half_or_a_quarter_of_its_size()
    {
        var factors = Factors(0.5);
        Assert.InRange(factors.Count(factor => factor > 1), 5, 15);
        Assert.Equal([1, 2, 4], factors.Distinct().Order());
        Assert.DoesNotContain(1, Factors(1));
        Assert.Equal([1], Factors(null).Distinct());
    }

    [Theory]
    [InlineData(1.5, 16, "scale_equivariance must be a fraction from 0 to 1 but is 1.5")]
    [InlineData(0.5, 18, "crop must be a multiple of 4 (scale_equivariance halves the latents) but is 18")]
    public void What_cannot_be_is_refused(double share, int crop, string expected)
    {
        using var folder = new TempFolder();
        var recipe = TinyRuns.Vae with { ScaleEquivariance = share, Crop = crop };
        var fault = Assert.Throws<LumenException>(() => new TinyRuns(folder.Path).Runs("vae").Autoencoder(recipe));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    // Which factor gives each of twenty losses, by the formula.
    private List<int> Factors(double? share)
    {
        const int Batch = 2;
        var recipe = TinyRuns.Vae with { Crop = TinyRuns.Size, ScaleEquivariance = share };
        var task = tiny.Runs.Runs("equivariance").Autoencoder(recipe);
        var vae = (AutoencoderKL)task.Trained["vae"];
        using var corpus = SceneCorpus.Open(recipe.Data.Train, Path.Combine(tiny.Runs.Folder, "cache"));
        var random = new RandomStream(5);
        var found = new List<int>();
        for (var part = 0L; part < 20; part++)
        {
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            var loss = task.Loss(part, Batch, random).item<float>();
            var image = corpus.Batch(corpus.Indices(random, part, Batch));
            var latents = vae.Encode(image);
            var sampled = latents.Sample(random.For(part).For(1).Normal([Batch, .. latents.Mean.shape[1..]]));
            found.Add(
                ((int[])[1, 2, 4]).Single(factor =>
                {
                    var error = vae.Decode(functional.avg_pool2d(sampled, factor)) - functional.avg_pool2d(image, factor);
                    var formula = error.square().mean() + 0.1 * error.abs().mean() + 1e-6 * latents.Divergence();
                    return Math.Abs(formula.item<float>() - loss) < 1e-6;
                })
            );
        }
        return found;
    }
}
