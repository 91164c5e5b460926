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

    private sealed class Reports(List<long> seen) : IProgress<long>
    {
        public void Report(long value) => seen.Add(value);
    }
}
