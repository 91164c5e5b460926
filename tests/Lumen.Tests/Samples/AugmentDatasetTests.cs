using Lumen.Augmentation;
using Lumen.Samples;
using Lumen.Tests.Augmentation;
using Xunit;

namespace Lumen.Tests.Samples;

public sealed class AugmentDatasetTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    [Fact]
    public async Task The_sample_augments_a_data_set_and_verifies_it()
    {
        var (dataset, output) = (tiny.Dataset("camvid"), tiny.Fresh());
        Assert.Equal(0, await AugmentDataset.Main([dataset.Root, output, tiny.Model]));
        Assert.Equal(6, Manifest.Read(output).Count);
        Assert.Equal(2, await AugmentDataset.Main([]));
    }

    [Fact]
    public void Samples_are_short() =>
        Assert.All(
            Directory
                .EnumerateFiles(Path.Combine(Lumen.Testing.Golden.Repository, "samples"), "*.cs", SearchOption.AllDirectories)
                .Where(path => !path.Contains("/obj/", StringComparison.Ordinal)),
            path => Assert.InRange(File.ReadAllLines(path).Length, 1, 100)
        );
}
