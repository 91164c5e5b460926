using Lumen.Core.Tensors;
using Lumen.Layouts;
using Lumen.Models.Vision;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Layouts;

public sealed class BasisFitterTests
{
    [Fact]
    public void Fitting_reports_progress_disposes_its_batches_and_equals_fitting_the_features()
    {
        using var scope = NewDisposeScope();
        var reports = new List<long>();
        var extractor = new ShiftedPixels();
        var batches = Enumerable
            .Range(0, 3)
            .Select(index => new PictureBatch(Toy.Features((ulong)index, 2, 8, 8).narrow(1, 0, 3).contiguous(), [index * 2, index * 2 + 1]))
            .ToArray();
        var features = batches.Select(batch => extractor.Extract(batch.Images, batch.Items)).ToArray();
        using var basis = BasisFitter.Fit(extractor, batches, new BasisOptions { Components = 2 }, progress: new Reports(reports));
        Assert.Equal([2, 4, 6], reports);
        Assert.All(batches, batch => Assert.True(batch.Images.IsInvalid));
        using var fitter = new BasisFitter(new BasisOptions { Components = 2 }, extractor.Source);
        foreach (var batch in features)
            fitter.Add(batch);
        using var again = fitter.Fit();
        Assert.Equal(again.Hash, basis.Hash);
    }

    [Fact]
    public void Fitting_stops_between_batches_and_refuses_nothing_at_all()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        PictureBatch[] one = [new(ones(1, 3, 8, 8), [0])];
        Assert.Throws<OperationCanceledException>(() =>
            BasisFitter.Fit(new ShiftedPixels(), one, new BasisOptions { Components = 2 }, stop: stop.Token)
        );
        Assert.Contains(
            "no pictures",
            Assert.Throws<LumenException>(() => BasisFitter.Fit(new ShiftedPixels(), [], new BasisOptions { Components = 2 })).Message
        );
        Assert.Contains(
            "only 3 channels",
            Assert.Throws<LumenException>(() => BasisFitter.Fit(new ShiftedPixels(), [], new BasisOptions())).Message
        );
    }

    [Fact]
    public void No_component_holds_the_noise_of_the_extraction()
    {
        using var scope = NewDisposeScope();
        var batches = Enumerable
            .Range(0, 8)
            .Select(index => new PictureBatch(
                Toy.Features((ulong)index, 2, 8, 8).narrow(1, 0, 3).contiguous(),
                [index * 2, index * 2 + 1]
            ));
        using var basis = BasisFitter.Fit(
            new NoisyPixels(),
            batches,
            new BasisOptions
            {
                Components = 1,
                AppearancePenalty = 2,
                Normalisation = FeatureNormalisation.None,
            },
            batch => batch.Images.clone()
        );
        // The noise has nine times the variance of the content, and is the same in both looks, as the content is.
        var along = basis.Principal.Components[0].abs(); // [3]
        Assert.True(along[0].item<double>() > 0.95, $"content {along[0].item<double>():f2}, noise {along[2].item<double>():f2}");
    }

    [Fact]
    public void Memory_does_not_grow_with_the_pictures()
    {
        var extractor = new ShiftedPixels();
        TensorLeak.Check(() =>
        {
            var batches = Enumerable
                .Range(0, 30)
                .Select(index => new PictureBatch(Toy.Features((ulong)index, 2, 8, 8).narrow(1, 0, 3), [index, index]));
            using var scope = NewDisposeScope();
            BasisFitter.Fit(extractor, batches, new BasisOptions { Components = 2 }).Dispose();
        });
    }

    /// <summary>The pixels themselves, moved by the item, as features.</summary>
    private sealed class ShiftedPixels : IFeatureExtractor
    {
        public FeatureSource Source { get; } = new("pixels", "none", "input", -1, 3, 8);

        public Tensor Extract(Tensor images, IReadOnlyList<long> items, CancellationToken stop = default)
        {
            using var scope = NewDisposeScope();
            return (images + tensor(items.Select(item => (float)item).ToArray()).view(-1, 1, 1, 1)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>The pixels' first channel, and in the last one noise that depends on the item alone.</summary>
    private sealed class NoisyPixels : IFeatureExtractor
    {
        public FeatureSource Source { get; } = new("pixels", "none", "input", 50, 3, 8);

        public Tensor Extract(Tensor images, IReadOnlyList<long> items, CancellationToken stop = default)
        {
            using var scope = NewDisposeScope();
            var noise = stack(items.Select(item => new RandomStream(7).For(item).Normal([1, .. images.shape[2..]])));
            var content = images.narrow(1, 0, 1);
            return cat([content, zeros_like(content), noise * 3 * content.std().item<float>()], 1).MoveToOuterDisposeScope();
        }
    }

    private sealed class Reports(List<long> seen) : IProgress<long>
    {
        public void Report(long value) => seen.Add(value);
    }
}
