using Lumen.Datasets;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Datasets;

/// <summary>Names with dots in lists that give no endings: whatever follows the last dot belongs to the name.</summary>
public sealed class DottedNameTests : IDisposable
{
    private const string Dotted = "0250_London_2004.01.12_12.48.04",
        Other = "v1.5_a.b";
    private readonly TempFolder _folder = new();

    [Fact]
    public void Plain_lists_name_the_files_that_are_written() =>
        Holds(
            "train.txt",
            $"{Dotted}_lumen0",
            tiny =>
            {
                foreach (var name in new[] { Dotted, Other })
                {
                    tiny.Picture($"images/{name}.png");
                    tiny.Ids($"labels/{name}.png");
                }
                tiny.Text("train.txt", $"{Dotted}\n{Other}\n");
            }
        );

    [Fact]
    public void A_listed_ending_stays_one() =>
        Holds(
            "train.txt",
            $"{Dotted}_lumen0.png",
            tiny =>
            {
                tiny.Picture($"images/{Dotted}.png");
                tiny.Ids($"labels/{Dotted}.png");
                tiny.Text("train.txt", $"{Dotted}.png\n");
            }
        );

    [Fact]
    public void Voc_lists_name_the_files_that_are_written() =>
        Holds(
            "ImageSets/Segmentation/train.txt",
            $"{Dotted}_lumen0",
            tiny =>
            {
                foreach (var name in new[] { Dotted, Other })
                {
                    tiny.Picture($"JPEGImages/{name}.jpg");
                    tiny.Ids($"SegmentationClass/{name}.png");
                }
                tiny.Text("ImageSets/Segmentation/train.txt", $"{Dotted}\n{Other}\n");
            }
        );

    [Fact]
    public void Scenes_of_ade20k_name_the_files_that_are_written()
    {
        var augmented = Holds(
            "sceneCategories.txt",
            $"{Dotted}_lumen0 living_room",
            tiny =>
            {
                tiny.Picture($"images/training/{Dotted}.jpg");
                tiny.Ids($"annotations/training/{Dotted}.png");
                tiny.Text("sceneCategories.txt", $"{Dotted} living_room\n");
            }
        );
        Assert.All(augmented.Items("training"), item => Assert.Equal("living room", item.Caption));
    }

    [Fact]
    public void Pairs_of_camvid_keep_their_dots() =>
        Holds(
            "train.txt",
            $"/SegNet/train/{Dotted}_lumen0.png /SegNet/trainannot/{Dotted}_lumen0.png",
            tiny =>
            {
                tiny.Picture($"train/{Dotted}.png");
                tiny.Ids($"trainannot/{Dotted}.png");
                tiny.Text("train.txt", $"/SegNet/train/{Dotted}.png /SegNet/trainannot/{Dotted}.png\n");
            }
        );

    public void Dispose() => _folder.Dispose();

    private Dataset Holds(string list, string line, Action<TinyDatasets> write)
    {
        write(new TinyDatasets(_folder.File("from")));
        var augmented = DatasetFormatTests.Augment(DatasetFormats.Open(_folder.File("from")), _folder.File("to"));
        Assert.Contains(line, File.ReadAllLines(_folder.File($"to/{list}")));
        Assert.Empty(DatasetCheck.Run(augmented).Faults);
        return augmented;
    }
}
