using Lumen.Datasets;
using Lumen.Testing;
using Lumen.Tests.Datasets;
using Lumen.Training.Data;
using Xunit;

namespace Lumen.Tests.Data;

public sealed class PictureLinkTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_link_out_of_a_folder_of_pictures_is_followed_only_when_asked()
    {
        var root = new TinyDatasets(_folder.File("set")).Write("folders");
        var picture = new DatasetTree(root).Pictures("").First(name => name.StartsWith("images/train/", StringComparison.Ordinal));
        File.Move(Path.Combine(root, picture), _folder.File("outside.png"));
        File.CreateSymbolicLink(Path.Combine(root, picture), _folder.File("outside.png"));
        Assert.Contains(
            "leads out of the data set",
            Assert.Throws<LumenException>(() => PictureFiles.ForFitting(root)).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(TinyDatasets.Training, PictureFiles.ForFitting(root, links: LinkPolicy.Outside).Files.Count);
        var plain = Path.GetDirectoryName(Path.Combine(root, picture))!;
        Assert.Contains(
            "leads out of the data set",
            Assert.Throws<LumenException>(() => PictureFiles.In(plain)).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(TinyDatasets.Training, PictureFiles.In(plain, LinkPolicy.Outside).Count);
    }

    [Fact]
    public void A_list_of_pictures_names_none_outside_its_folder()
    {
        Directory.CreateDirectory(_folder.File("list"));
        File.WriteAllText(_folder.File("list/metadata.jsonl"), "{\"file_name\": \"../outside.png\"}\n");
        Assert.Contains(
            "lies outside the data set",
            Assert.Throws<LumenException>(() => PictureFiles.In(_folder.File("list"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_link_to_a_held_out_part_is_held_out()
    {
        var root = new TinyDatasets(_folder.File("set")).Write("imagefolder");
        Directory.CreateSymbolicLink(_folder.File("mine"), Path.Combine(root, "val"));
        Assert.Contains(
            "held-out part",
            Assert.Throws<LumenException>(() => HeldOutGuard.Require(_folder.File("mine"))).Message,
            StringComparison.Ordinal
        );
    }
}
