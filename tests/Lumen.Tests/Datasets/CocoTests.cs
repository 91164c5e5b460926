using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Datasets;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Datasets;

public sealed class CocoTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void New_ids_are_unique_in_all_files_and_the_same_picture_has_one_id_everywhere()
    {
        var dataset = DatasetFormats.Open(new TinyDatasets(_folder.File("from")).Write("coco"));
        DatasetFormatTests.Augmented(dataset, _folder.File("to"), withOriginals: true);
        var (instances, panoptic, captions, heldOut) = (
            Read("instances_train2017"),
            Read("panoptic_train2017"),
            Read("captions_train2017"),
            Read("instances_val2017")
        );
        Assert.Equal(9, instances["images"]!.AsArray().Count);
        Assert.Equal(Names(instances), Names(panoptic));
        Assert.Equal(Names(instances), Names(captions));
        var images = Ids(instances, "images").Concat(Ids(heldOut, "images")).ToList();
        Assert.Distinct(images);
        Assert.Distinct(Ids(instances, "annotations").Concat(Ids(captions, "annotations")));
        Assert.Equal(
            File.ReadAllText(_folder.File("from/annotations/instances_val2017.json")).Replace(" ", "", StringComparison.Ordinal),
            File.ReadAllText(_folder.File("to/annotations/instances_val2017.json")).Replace(" ", "", StringComparison.Ordinal)
        );
        Assert.Equal(2026, (int)instances["info"]!["year"]!);
    }

    [Fact]
    public void A_new_picture_has_the_annotations_of_its_source_and_its_prompt_as_only_caption()
    {
        var dataset = DatasetFormats.Open(new TinyDatasets(_folder.File("from")).Write("coco"));
        DatasetFormatTests.Augmented(dataset, _folder.File("to"), withOriginals: false);
        var instances = Read("instances_train2017");
        var image = (long)instances["images"]![0]!["id"]!;
        var copy = instances["annotations"]!.AsArray().Single(one => (long)one!["image_id"]! == image)!;
        Assert.Equal("[[1,2,3.25,4,5,6]]", copy["segmentation"]!.ToJsonString().Replace(" ", "", StringComparison.Ordinal));
        var caption = Read("captions_train2017")["annotations"]!.AsArray().Single(one => (long)one!["image_id"]! == image)!;
        Assert.Equal("a street at night", (string?)caption["caption"]);
        var panoptic = Read("panoptic_train2017")["annotations"]!.AsArray().Single(one => (long)one!["image_id"]! == image)!;
        Assert.True(File.Exists(_folder.File($"to/annotations/panoptic_train2017/{(string?)panoptic["file_name"]}")));
        Assert.Equal(7, (int)panoptic["segments_info"]![0]!["id"]!);
        Assert.True((bool)instances["images"]![0]!["lumen_generated"]!);
    }

    [Theory]
    [InlineData("\"image_id\": 10", "\"image_id\": 99", DatasetFaultKind.BadAnnotation, "belongs to the image 99, which is not listed")]
    [InlineData("\"category_id\": 3", "\"category_id\": 4", DatasetFaultKind.IdOutsideClasses, "has the category 4, which is not listed")]
    [InlineData("{\"id\": 11,", "{\"id\": 10,", DatasetFaultKind.DuplicateStem, "the image id 10 is used twice")]
    [InlineData("\"id\": 101,", "\"id\": 100,", DatasetFaultKind.BadAnnotation, "the annotation id 100 is used twice")]
    [InlineData("\"width\": 20", "\"width\": 21", DatasetFaultKind.SizeMismatch, "is 20 x 12 but is listed as 21 x 12")]
    public void Annotations_that_do_not_fit_are_named(string find, string replace, DatasetFaultKind kind, string message)
    {
        new TinyDatasets(_folder.Path).Write("coco");
        var path = _folder.File("annotations/instances_train2017.json");
        var text = File.ReadAllText(path);
        var at = text.IndexOf(find, StringComparison.Ordinal);
        File.WriteAllText(path, text[..at] + replace + text[(at + find.Length)..]);
        var fault = DatasetCheck.Run(DatasetFormats.Open(_folder.Path)).Faults.First(fault => fault.Kind == kind);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static List<long> Ids(JsonNode file, string array) =>
        [.. file[array]!.AsArray().Where(one => one!["id"] is not null).Select(one => (long)one!["id"]!)];

    private static List<string> Names(JsonNode file) =>
        [.. file["images"]!.AsArray().Select(one => $"{(long)one!["id"]!} {(string?)one["file_name"]}")];

    private JsonNode Read(string name) =>
        JsonNode.Parse(File.ReadAllText(_folder.File($"to/annotations/{name}.json")), null, new JsonDocumentOptions())!;
}
