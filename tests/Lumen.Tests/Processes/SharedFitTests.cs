using Lumen.Core.Processes;
using Lumen.Layouts;
using Lumen.Models.Vision;
using Lumen.Tests.Layouts;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Processes;

public sealed class SharedFitTests
{
    private const int Pictures = 150; // more than are sampled

    [Theory]
    [InlineData(2, 0)]
    [InlineData(3, 2)]
    [InlineData(5, 0)]
    public void A_basis_that_processes_fit_together_is_that_of_one(int size, double penalty)
    {
        var options = new BasisOptions { Components = 2, AppearancePenalty = penalty };
        using var alone = Fit(options, new SingleProcess());
        foreach (var basis in ThreadJob.Run(size, job => Fit(options, job)))
        {
            using (basis)
            {
                Assert.Equal(alone.Principal.Spectrum.Count, basis.Principal.Spectrum.Count);
                foreach (var (one, other) in alone.Principal.Spectrum.Zip(basis.Principal.Spectrum))
                    Assert.Equal(one, other, 1e-12);
                Assert.Equal(alone.Report!.Pictures, basis.Report!.Pictures);
                Assert.Equal(alone.Report.Residuals.Mean, basis.Report.Residuals.Mean, 1e-12);
                Assert.Equal(alone.Report.Residuals.Pictures, basis.Report.Residuals.Pictures);
                Assert.Equal(alone.Report.OutlierShare, basis.Report.OutlierShare);
                Assert.Equal(alone.Report.LargestNorm, basis.Report.LargestNorm);
                foreach (var (one, other) in alone.Report.BorderEnergies.Zip(basis.Report.BorderEnergies))
                    Assert.Equal(one, other, 1e-12);
                foreach (var (one, other) in alone.Report.PositionShares.Zip(basis.Report.PositionShares))
                    Assert.Equal(one, other, 1e-10);
                using var picture = Toy.Features(99, 2, 8, 8).narrow(1, 0, 3).contiguous();
                using var difference = (alone.Project(picture) - basis.Project(picture)).abs().max();
                Assert.True(difference.item<float>() < 1e-6);
            }
        }
    }

    [Fact]
    public void More_processes_than_pictures_are_no_fault()
    {
        var options = new BasisOptions { Components = 2 };
        using var alone = Fit(options, new SingleProcess(), pictures: 4);
        var all = ThreadJob.Run(4, job => Fit(options, job, pictures: 4));
        Assert.All(all, basis => Assert.Equal(alone.Principal.Spectrum[0], basis.Principal.Spectrum[0], 1e-12));
        Assert.Single(all.Select(basis => basis.Hash).Distinct());
    }

    private static LayoutBasis Fit(BasisOptions options, ICommunicator job, int pictures = Pictures)
    {
        var batches = job.Claim(pictures / 2).Select(Batch);
        return BasisFitter.Fit(new Pixels(), batches, options, batch => batch.Images * 0.5 + 0.25 * batch.Images.square(), processes: job);
    }

    private static PictureBatch Batch(int index) =>
        new(Toy.Features((ulong)index, 2, 8, 8).narrow(1, 0, 3).contiguous(), [2 * index, 2 * index + 1]);

    private sealed class Pixels : IFeatureExtractor
    {
        public FeatureSource Source { get; } = new("pixels", "none", "input", -1, 3, 8);

        public Tensor Extract(Tensor images, IReadOnlyList<long> items, CancellationToken stop = default) => images.clone();
    }
}
