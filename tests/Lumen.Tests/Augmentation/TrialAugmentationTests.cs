using Lumen.Augmentation;
using Lumen.Datasets;
using Lumen.Imaging;
using Xunit;

namespace Lumen.Tests.Augmentation;

/// <summary>Real data sets, where they are at hand: set LUMEN_TRIAL_DATA to a folder that holds them.</summary>
public sealed class TrialAugmentationTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    [Theory]
    [InlineData("camvid", PictureFit.Tile)]
    [InlineData("nyuv2", PictureFit.Pad)]
    [InlineData("coco", PictureFit.Tile)]
    [InlineData("pennfudan", PictureFit.Resize)]
    [InlineData("sevenscenes", PictureFit.Pad)]
    public void Real_data_is_augmented_at_its_own_size_with_labels_byte_for_byte_and_verified(string name, PictureFit fit)
    {
        var root = Environment.GetEnvironmentVariable("LUMEN_TRIAL_DATA");
        if (root is null || !Directory.Exists(Path.Combine(root, name)))
            Assert.Skip($"The data set {name} is not here: set LUMEN_TRIAL_DATA to a folder that holds it.");
        var (dataset, output) = (DatasetFormats.Open(Path.Combine(root, name)), tiny.Fresh());
        var results = tiny.Run(dataset, output, TinyGenerator.Options with { Limit = 2, WithOriginals = false, Fit = fit });
        Assert.Equal(4, results.Count(result => result.IsAccepted));
        Assert.All(
            Manifest.Read(output),
            entry =>
            {
                var (made, source) = (
                    PictureReader.Read(Path.Combine(output, entry.Item!)),
                    PictureReader.Read(dataset.FullPath(entry.Source))
                );
                Assert.Equal((source.Width, source.Height), (made.Width, made.Height));
                Assert.NotEmpty(entry.Labels);
                Assert.All(
                    entry.Labels,
                    label =>
                        Assert.Equal(
                            File.ReadAllBytes(dataset.FullPath(label.Source!)),
                            File.ReadAllBytes(Path.Combine(output, label.File))
                        )
                );
            }
        );
        Assert.True(Verification.Run(output).IsSound);
    }
}
