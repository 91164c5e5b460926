using System.Text;
using Lumen.Datasets;
using Lumen.Testing;
using Lumen.Training.Data;
using Xunit;

namespace Lumen.Tests.Datasets;

/// <summary>Captions are read, or it is said that and why they are not.</summary>
public sealed class CaptionTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TinyDatasets _tiny;

    public CaptionTests() => _tiny = new TinyDatasets(_folder.Path);

    [Theory]
    [InlineData("metadata.csv", "file_name,text\np0.png,\"a street, wet\"\np1.png,\n", "a street, wet", null)]
    [InlineData("metadata.csv", "file_name;caption\np0.png;eine Straße\np1.png;b\n", "eine Straße", "b")]
    [InlineData("metadata.csv", "\uFEFFfile_name,Prompt\r\np0.png,a\r\np1.png,b\r\n", "a", "b")]
    [InlineData(
        "metadata.jsonl",
        "{\"file_name\": \"p0.png\", \"captions\": [\"\", \"first\", \"second\"]}\n{\"file_name\": \"p1.png\", \"text\": [\"one\"]}\n",
        "first",
        "one"
    )]
    [InlineData(
        "metadata.jsonl",
        "{\"file_name\": \"p0.png\", \"prompt\": \"a\", \"text\": \"b\"}\r\n\r\n{\"file_name\": \"p1.png\", \"TEXT\": \"c\"}",
        "b",
        "c"
    )]
    public void Metadata_of_either_kind_gives_captions_under_the_usual_names(string name, string text, string first, string? second)
    {
        var dataset = Two(name, text);
        Assert.Equal("imagefolder", dataset.Format);
        Assert.Equal([first, second], dataset.Items().Select(dataset.CaptionOf));
        Assert.StartsWith(
            $"{(second is null ? 1 : 2)} of 2 pictures have a caption.",
            DatasetCheck.Run(dataset).Notes[0],
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("p0.TXT", "p0.png")]
    [InlineData("p0.Caption", "p0.png")]
    [InlineData("Stra\u00DFe \u00DC.txt", "Stra\u00DFe U\u0308.png")]
    public void Captions_are_found_whatever_the_case_of_their_ending_and_the_composition_of_accents(string file, string picture)
    {
        _tiny.Picture(picture);
        _tiny.Text(file, "a red car");
        var dataset = DatasetFormats.OpenPictures(_folder.Path);
        Assert.Equal("a red car", dataset.CaptionOf(dataset.Items().Single()));
    }

    [Fact]
    public void A_column_of_another_name_is_named_and_can_be_given()
    {
        var dataset = Two("metadata.csv", "file_name,what,size\np0.png,a street,1\np1.png,a road,2\n");
        Assert.StartsWith(
            "0 of 2 pictures have a caption; the metadata has the columns what, size: `CaptionColumn`",
            DatasetCheck.Run(dataset).Notes[0],
            StringComparison.Ordinal
        );
        var selection = new FolderSelection(_folder.Path) { ValidationFraction = 0.5 };
        Assert.Contains(
            "0 of 1 pictures have a caption; the metadata has the columns what, size",
            FolderPictures.List(selection).Description,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "1 of 1 pictures have a caption",
            FolderPictures.List(selection with { CaptionColumn = "what" }).Description,
            StringComparison.Ordinal
        );
        var asked = DatasetFormats.Open(_folder.Path, options: new DatasetOptions { CaptionColumn = "what" });
        Assert.Equal(["a street", "a road"], asked.Items().Select(asked.CaptionOf));
        var refused = Assert.Throws<LumenException>(() =>
            DatasetFormats.Open(_folder.Path, options: new DatasetOptions { CaptionColumn = "words" }).Items().ToList()
        );
        Assert.Contains("has no column \"words\" for captions; it has file_name, what, size", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_gets_the_new_pictures_with_their_prompts_and_keeps_its_columns()
    {
        using var to = new TempFolder();
        var augmented = DatasetFormatTests.Augment(
            Two("metadata.csv", "file_name,size,text\np0.png,\"1, or 2\",\"a \"\"red\"\" street\"\np1.png,,b\n"),
            to.File("set")
        );
        Assert.Equal(
            ["p0.png", "p1.png", "p0_lumen0.png", "p0_lumen1.png", "p1_lumen0.png", "p1_lumen1.png"],
            augmented.Items().Select(item => item.Picture)
        );
        Assert.Equal(
            ["a \"red\" street", "b", "a street at night", "a street at night", "a street at night", "a street at night"],
            augmented.Items().Select(augmented.CaptionOf)
        );
        Assert.Equal("p0_lumen0.png,\"1, or 2\",a street at night", File.ReadAllLines(to.File("set/metadata.csv"))[3]);
    }

    [Fact]
    public void Rows_without_a_picture_and_pictures_without_a_row_are_counted_and_named()
    {
        var dataset = Two("metadata.csv", "file_name,text\np0.png,a\ngone.png,b\ngone too.png,c\n");
        var report = DatasetCheck.Run(dataset);
        var fault = Assert.Single(report.Faults);
        Assert.Equal((DatasetFaultKind.MissingPicture, 2, "gone.png"), (fault.Kind, fault.Count, fault.Item));
        Assert.Contains("1 pictures are named by no list or row, so they are not used: p1.png.", report.Notes);
    }

    [Theory]
    [InlineData("p0.txt", "several\r\n lines \n", "utf-8", "several lines")]
    [InlineData("p0.caption", "eine Straße", "utf-8", "eine Straße")]
    [InlineData("p0.txt", "mit Marke", "utf-8 with mark", "mit Marke")]
    [InlineData("p0.txt", "道路", "utf-16", "道路")]
    [InlineData("p0.txt", "2 dogs in 1 street", "utf-8", "2 dogs in 1 street")]
    [InlineData("p0.txt", "1girl, street, night", "utf-8", "1girl, street, night")]
    [InlineData("p0.txt", "1 0.5 0.5 1e-05 0.25\n0 0.1 0.1 2E-4 0.2", "utf-8", null)]
    [InlineData("p0.txt", "Car 0.00 0 -1.57 599.41 156.40 629.75 189.25", "utf-8", null)]
    [InlineData("p0.txt", "10 20 30 40 small-vehicle 1", "utf-8", null)]
    [InlineData("p0.txt", "12, 14, 3e5", "utf-8", null)]
    [InlineData("p0.txt", "\n \n", "utf-8", null)]
    public void Text_beside_a_picture_is_its_caption_unless_it_is_boxes_or_numbers(
        string file,
        string text,
        string encoding,
        string? caption
    )
    {
        _tiny.Picture("p0.png");
        File.WriteAllText(
            _folder.File(file),
            text,
            encoding switch
            {
                "utf-16" => Encoding.Unicode,
                "utf-8 with mark" => new UTF8Encoding(true),
                _ => new UTF8Encoding(false),
            }
        );
        var dataset = DatasetFormats.OpenPictures(_folder.Path);
        Assert.Equal(caption, dataset.CaptionOf(dataset.Items().Single()));
        Assert.Equal(caption is null ? 0 : 1, DatasetSummary.Of(dataset).Captions.Captioned);
    }

    [Fact]
    public void A_caption_follows_boxes_where_both_are_there()
    {
        _tiny.Picture("p0.png");
        _tiny.Text("p0.txt", "0 0.5 0.5 0.1 0.1\n");
        _tiny.Text("p0.caption", "a street\n");
        var dataset = DatasetFormats.OpenPictures(_folder.Path);
        Assert.Equal("a street", dataset.CaptionOf(dataset.Items().Single()));
    }

    [Fact]
    public void Captions_in_a_folder_of_their_own_are_captions_and_no_labels()
    {
        _tiny.Picture("images/p0.png");
        _tiny.Text("captions/p0.txt", "a street\n");
        var dataset = DatasetFormats.Open(_folder.Path);
        var item = Assert.Single(dataset.Items());
        Assert.Equal(("a street", "captions/p0.txt"), (dataset.CaptionOf(item), dataset.CaptionFileOf(item)));
        Assert.Empty(item.Labels);
    }

    [Fact]
    public void Boxes_beside_a_picture_are_its_labels()
    {
        _tiny.Picture("images/p0.png");
        _tiny.Text("images/p0.txt", "0 0.5 0.5 0.1 0.1\n");
        var label = Assert.Single(Assert.Single(DatasetFormats.Open(_folder.Path).Items()).Labels);
        Assert.Equal((LabelKind.Boxes, "images/p0.txt"), (label.Kind, label.Name));
    }

    [Fact]
    public void Files_that_look_like_captions_and_are_not_read_are_named()
    {
        _tiny.Picture("images/p0.png");
        _tiny.Text("captions.jsonl", "{}\n");
        _tiny.Text("images/metadata.parquet", "x");
        var notes = DatasetCheck.Run(DatasetFormats.OpenPictures(_folder.Path)).Notes;
        foreach (var name in new[] { "captions.jsonl", "images/metadata.parquet" })
            Assert.Contains(notes, note => note.StartsWith($"{name} is not read.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(new byte[] { 0x53, 0x74, 0x72, 0x61, 0xDF, 0x65 })] // Straße in Latin-1
    [InlineData(new byte[] { 0x93, 0xB9, 0x98, 0x48 })] // a street in cp932
    [InlineData(new byte[] { 0x61, 0, 0, 0, 0x62 })]
    public void Text_in_another_encoding_is_refused_by_the_name_of_its_file(byte[] bytes)
    {
        _tiny.Picture("p0.png");
        _tiny.Picture("p1.png");
        File.WriteAllBytes(_folder.File("p0.txt"), bytes);
        var fault = Assert.Single(DatasetCheck.Run(DatasetFormats.OpenPictures(_folder.Path)).Faults);
        Assert.Equal(DatasetFaultKind.UnreadableCaption, fault.Kind);
        Assert.Contains("p0.txt is not text", fault.Message, StringComparison.Ordinal);
        Assert.Contains(
            "p0.txt",
            Assert.Throws<LumenException>(() => FolderPictures.List(new FolderSelection(_folder.Path))).Message,
            StringComparison.Ordinal
        );
    }

    public void Dispose() => _folder.Dispose();

    private Dataset Two(string metadata, string text)
    {
        _tiny.Picture("p0.png");
        _tiny.Picture("p1.png");
        _tiny.Text(metadata, text);
        return DatasetFormats.Open(_folder.Path);
    }
}
