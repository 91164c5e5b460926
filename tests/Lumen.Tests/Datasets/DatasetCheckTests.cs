using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Datasets;

/// <summary>Every kind of fault is found, counted, and told with the first item that has it.</summary>
public sealed class DatasetCheckTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TinyDatasets _tiny;

    public DatasetCheckTests()
    {
        _tiny = new TinyDatasets(_folder.Path);
        _tiny.Write("folders");
        _tiny.Text("classes.txt", "0\tother\n1\troad\n");
    }

    [Fact]
    public void A_missing_label_is_named()
    {
        File.Delete(Path(Label(1)));
        File.Delete(Path(Label(2)));
        var fault = Single(DatasetFaultKind.MissingLabel);
        Assert.Equal((Picture(1), 2), (fault.Item, fault.Count));
        Assert.Contains($"{Label(1)} does not exist", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_file_that_only_some_pictures_have_is_missed()
    {
        _tiny.Write("cityscapes");
        File.Delete(
            Directory
                .EnumerateFiles(_folder.Path, "*_labelTrainIds.png", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .ElementAt(1)
        );
        var fault = Assert.Single(DatasetCheck.Run(DatasetFormats.Open(_folder.Path, "cityscapes")).Faults);
        Assert.Equal(DatasetFaultKind.MissingLabel, fault.Kind);
        Assert.Contains("has no gtFine_labelTrainIds although other pictures have one", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_of_another_size_is_named_with_both_sizes()
    {
        PngWriter.WriteGray8(Path(Label(0)), 7, 5, new byte[35]);
        Assert.Contains(
            $"{Picture(0)} is 20 x 12 but {Label(0)} is 7 x 5",
            Single(DatasetFaultKind.SizeMismatch).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Files_cut_short_are_found_although_their_headers_are_whole()
    {
        Cut(Path(Picture(0)));
        Cut(Path(Label(2)));
        var faults = Check();
        Assert.Equal([DatasetFaultKind.UnreadablePicture, DatasetFaultKind.UnreadableLabel], faults.Select(fault => fault.Kind));
        Assert.Equal([Picture(0), Picture(2)], faults.Select(fault => fault.Item));
    }

    [Fact]
    public void An_id_outside_the_classes_is_named_with_its_place()
    {
        var ids = new byte[TinyDatasets.Width * TinyDatasets.Height];
        ids[3 * TinyDatasets.Width + 4] = 2;
        PngWriter.WriteGray8(Path(Label(0)), TinyDatasets.Width, TinyDatasets.Height, ids);
        Assert.Contains(
            $"{Label(0)} has the id 2 at column 4, row 3",
            Single(DatasetFaultKind.IdOutsideClasses).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_ignored_id_is_no_fault()
    {
        _tiny.Ids(Label(0), 255);
        Assert.Empty(Check());
    }

    [Fact]
    public void Pictures_that_share_their_labels_are_named()
    {
        _tiny.Picture(Picture(1).Replace(".png", ".jpg", StringComparison.Ordinal));
        Assert.Contains("differ only in their ending", Single(DatasetFaultKind.DuplicateStem).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_in_two_parts_is_named()
    {
        File.Copy(Path(Picture(0)), Path("images/val/again.png"));
        _tiny.Ids("labels/val/again.png");
        Assert.Contains(
            $"images/val/again.png in val is the same picture as {Picture(0)} in train",
            Single(DatasetFaultKind.SharedBetweenSplits).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_picture_without_boxes_is_no_fault()
    {
        foreach (var file in Directory.EnumerateFiles(Path("boxes/train")))
            File.Delete(file);
        Assert.Empty(Check());
    }

    [Fact]
    public void Eight_bits_of_depth_are_refused()
    {
        _tiny.Write("nyuv2");
        var name = $"depth/train/{TinyDatasets.NameOf("train", 0)}.png";
        PngWriter.WriteGray8(Path(name), TinyDatasets.Width, TinyDatasets.Height, new byte[TinyDatasets.Width * TinyDatasets.Height]);
        Assert.Contains(
            "must be a 16-bit grey PNG but is 8-bit grey",
            Single(DatasetFaultKind.UnreadableLabel).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_list_that_names_nothing_is_named_with_its_line()
    {
        using var folder = new TempFolder();
        var tiny = new TinyDatasets(folder.Path);
        tiny.Write("folders with lists");
        File.AppendAllText(folder.File("train.txt"), "nobody\n");
        var fault = Assert.Single(DatasetCheck.Run(DatasetFormats.Open(folder.Path)).Faults);
        Assert.Equal(DatasetFaultKind.BadList, fault.Kind);
        Assert.Contains("train.txt, line 4 names \"nobody\"", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"file_name": "images/a.png" """, DatasetFaultKind.BadList, "line 4 is not valid JSON")]
    [InlineData("""{"name": "images/a.png"}""", DatasetFaultKind.BadList, "line 4 has no \"file_name\"")]
    [InlineData("""{"file_name": "images/a.png"}""", DatasetFaultKind.MissingPicture, "train/images/a.png does not exist")]
    [InlineData("[]", DatasetFaultKind.BadList, "line 4 is not a JSON object")]
    public void A_line_of_metadata_that_cannot_be_used_is_named(string line, DatasetFaultKind kind, string message)
    {
        using var folder = new TempFolder();
        new TinyDatasets(folder.Path).Write("imagefolder");
        File.AppendAllText(folder.File("train/metadata.jsonl"), line + "\n");
        var fault = DatasetCheck.Run(DatasetFormats.Open(folder.Path)).Faults[0];
        Assert.Equal(kind, fault.Kind);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_fault_says_what_to_do() =>
        Assert.Distinct(
            Enum.GetValues<DatasetFaultKind>().Select(kind => (new DatasetFault(kind, "", "").Title, new DatasetFault(kind, "", "").Advice))
        );

    public void Dispose() => _folder.Dispose();

    private static string Picture(int index) => $"images/train/{TinyDatasets.NameOf("train", index)}.png";

    private static string Label(int index) => $"labels/train/{TinyDatasets.NameOf("train", index)}.png";

    private static void Cut(string path)
    {
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length - 30)]);
    }

    private string Path(string name) => _folder.File(name);

    private IReadOnlyList<DatasetFault> Check() => DatasetCheck.Run(DatasetFormats.Open(_folder.Path)).Faults;

    private DatasetFault Single(DatasetFaultKind kind)
    {
        var fault = Assert.Single(Check());
        Assert.Equal(kind, fault.Kind);
        return fault;
    }
}
