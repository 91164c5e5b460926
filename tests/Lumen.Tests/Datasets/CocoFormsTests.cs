using System.Text.Json.Nodes;
using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Datasets;

/// <summary>What others write in COCO's form: where the files are, how they are called, what ids are.</summary>
public sealed class CocoFormsTests : IDisposable
{
    private const string Categories = """[{"id": 3, "name": "car"}]""";
    private readonly TempFolder _folder = new();
    private readonly TinyDatasets _tiny;

    public CocoFormsTests() => _tiny = new TinyDatasets(_folder.File("from"));

    [Theory]
    [InlineData("annotations/instances.json", "images/", "all")]
    [InlineData("annotations/instances_default.json", "images/default/", "all")]
    [InlineData("annotations/train_annotations.json", "train/", "train")]
    [InlineData("annotations.json", "", "all")]
    [InlineData("labels.json", "data/", "all")]
    [InlineData("result.json", "JPEGImages/", "all")]
    [InlineData("instances_train2017.json", "train2017/", "train2017")]
    [InlineData("train/_annotations.coco.json", "train/", "train")]
    [InlineData("train/labels.json", "train/data/", "train")]
    [InlineData("_annotations.coco.json", "", "all")]
    public void Annotation_files_are_found_wherever_tools_put_them(string file, string pictures, string split)
    {
        _tiny.Picture($"{pictures}a.jpg");
        _tiny.Picture($"{pictures}sub/a.jpg");
        _tiny.Text(file, Json($"{Image("1", "a.jpg")}, {Image("2", "sub/a.jpg")}", Annotation("1", "1")));
        var dataset = Open();
        Assert.Equal(("coco", split), (dataset.Format, dataset.Splits.Single()));
        Assert.Equal([$"{pictures}a.jpg", $"{pictures}sub/a.jpg"], dataset.Items().Select(item => item.Picture));
        Assert.Empty(DatasetCheck.Run(dataset).Faults);

        var augmented = DatasetFormats.Open(DatasetFormatTests.Augmented(dataset, _folder.File("to"), withOriginals: true));
        Assert.Equal(6, augmented.Items().Count());
        Assert.Empty(DatasetCheck.Run(augmented).Faults);
    }

    [Fact]
    public void Roboflows_valid_and_test_are_held_out_and_pictures_beside_are_labelled()
    {
        foreach (var split in (string[])["train", "valid", "test"])
        {
            _tiny.Picture($"{split}/a_{split}.jpg");
            _tiny.Text($"{split}/_annotations.coco.json", Json(Image("0", $"a_{split}.jpg"), Annotation("0", "0")));
        }
        var dataset = Open();
        Assert.Equal(["train", "valid", "test"], dataset.Splits);
        Assert.Equal(["valid", "test"], dataset.Splits.Where(SplitNames.IsHeldOut));
        Assert.Empty(DatasetCheck.Run(dataset).Faults);
    }

    [Theory]
    [InlineData("7", "8")]
    [InlineData("\"aachen_000000_000019\"", "\"aachen_000001_000019\"")]
    public void Masks_are_what_the_annotations_name_not_what_the_pictures_are_called(string first, string second)
    {
        string[] ids = [first, second];
        for (var index = 0; index < 2; index++)
        {
            _tiny.Picture($"train/cam{index}/x_leftImg8bit.jpg");
            PngWriter.WriteRgb(
                _folder.File($"from/annotations/panoptic_train/cam{index}/x_panoptic.png"),
                Picture.Filled(TinyDatasets.Width, TinyDatasets.Height, 7, 0, 0)
            );
        }
        _tiny.Text(
            "annotations/panoptic_train.json",
            Json(
                string.Join(",", ids.Select((id, index) => Image(id, $"cam{index}/x_leftImg8bit.jpg"))),
                string.Join(
                    ",",
                    ids.Select(
                        (id, index) =>
                            $$"""{"image_id": {{id}}, "file_name": "cam{{index}}/x_panoptic.png", "segments_info": [{"id": 7, "category_id": 3}]}"""
                    )
                )
            )
        );
        var dataset = Open();
        Assert.Equal(
            ["annotations/panoptic_train/cam0/x_panoptic.png", "annotations/panoptic_train/cam1/x_panoptic.png"],
            dataset.Items().Select(item => Assert.Single(item.Labels).Name)
        );
        Assert.Empty(DatasetCheck.Run(dataset).Faults);

        var augmented = DatasetFormats.Open(DatasetFormatTests.Augmented(dataset, _folder.File("to"), withOriginals: true));
        Assert.Empty(DatasetCheck.Run(augmented).Faults);
        Assert.Equal(6, augmented.Items().Count(item => item.Labels.Count == 1));
        var json = JsonNode.Parse(File.ReadAllText(_folder.File("to/annotations/panoptic_train.json")))!;
        var names = json["images"]!.AsArray().Concat(json["annotations"]!.AsArray()).Select(one => (string)one!["file_name"]!).ToList();
        Assert.Contains("cam1/x_leftImg8bit_lumen1.jpg", names);
        Assert.Contains("cam1/x_panoptic_lumen1.png", names);
        Assert.Distinct(json["images"]!.AsArray().Select(one => one!["id"]!.ToJsonString()));
        Assert.All(
            json["images"]!.AsArray(),
            one => Assert.Equal(first[0] == '"', one!["id"]!.GetValueKind() == System.Text.Json.JsonValueKind.String)
        );
    }

    [Fact]
    public void A_mask_that_is_named_but_absent_is_missing_once()
    {
        _tiny.Picture("train/a.jpg");
        _tiny.Picture("train/b.jpg");
        Directory.CreateDirectory(_folder.File("from/annotations/panoptic_train"));
        _tiny.Text(
            "annotations/panoptic_train.json",
            Json(Image("1", "a.jpg"), """{"image_id": 1, "file_name": "gone.png", "segments_info": []}""")
        );
        _tiny.Text("annotations/instances_train.json", Json(Image("2", "b.jpg"), Annotation("1", "2")));
        var faults = DatasetCheck.Run(Open()).Faults;
        var fault = Assert.Single(faults);
        Assert.Equal((DatasetFaultKind.MissingLabel, 1), (fault.Kind, fault.Count));
        Assert.Contains("annotations/panoptic_train/gone.png does not exist", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_that_only_another_file_names_are_looked_for()
    {
        _tiny.Picture("train/a.jpg");
        _tiny.Text("annotations/instances_train.json", Json(Image("1", "a.jpg"), Annotation("1", "1")));
        _tiny.Text(
            "annotations/captions_train.json",
            Json($"{Image("1", "a.jpg")}, {Image("2", "gone.jpg")}", """{"id": 1, "image_id": 1, "caption": "a car"}""")
        );
        var fault = Assert.Single(DatasetCheck.Run(Open()).Faults);
        Assert.Equal((DatasetFaultKind.MissingPicture, 1), (fault.Kind, fault.Count));
        Assert.Contains(
            "train/gone.jpg does not exist (annotations/captions_train.json, image 2)",
            fault.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Ids_that_are_text_are_kept_and_new_ones_are_text_too()
    {
        _tiny.Picture("train/a.jpg");
        _tiny.Text(
            "annotations/instances_train.json",
            $$"""{"images": [{{Image("\"000012\"", "a.jpg")}}], "annotations": [{"id": "b-1", "image_id": "000012", "category_id": "car", "area": NaN}], "categories": [{"id": "car", "name": "car"}, {"id": "4"}]}"""
        );
        var dataset = Open();
        Assert.Equal([(1, "car"), (4, "")], dataset.Classes.Classes.Select(one => (one.Id, one.Name)));
        DatasetFormatTests.Augmented(dataset, _folder.File("to"), withOriginals: true);
        var text = File.ReadAllText(_folder.File("to/annotations/instances_train.json"));
        Assert.Contains("\"area\": NaN", text, StringComparison.Ordinal);
        var json = JsonNode.Parse(text.Replace("NaN", "null", StringComparison.Ordinal))!;
        Assert.Equal(["000012", "000013", "000014"], json["images"]!.AsArray().Select(one => (string)one!["id"]!));
        Assert.Equal(
            [("b-1", "000012"), ("b-1_lumen0", "000013"), ("b-1_lumen1", "000014")],
            json["annotations"]!.AsArray().Select(one => ((string)one!["id"]!, (string)one["image_id"]!))
        );
    }

    [Fact]
    public void Numbers_that_JSON_does_not_have_are_named_once_with_their_annotation()
    {
        _tiny.Picture("train/a.jpg");
        _tiny.Text(
            "annotations/instances_train.json",
            Json(
                Image("1", "a.jpg"),
                """{"id": 1, "image_id": 1, "category_id": 3}, {"id": 2, "image_id": 1, "category_id": 9, "area": NaN}"""
            )
        );
        var faults = DatasetCheck.Run(Open()).Faults;
        Assert.Equal(
            [(DatasetFaultKind.IdOutsideClasses, 1), (DatasetFaultKind.BadAnnotation, 1)],
            faults.Select(fault => (fault.Kind, fault.Count))
        );
        Assert.Contains(
            "annotations[1].area must be a number but is NaN. JSON has no NaN, though Python writes it",
            faults[1].Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void One_picture_under_two_ids_is_named_once()
    {
        _tiny.Picture("train/a.jpg");
        _tiny.Text("annotations/instances_train.json", Json($"{Image("1", "a.jpg")}, {Image("99", "a.jpg")}", Annotation("1", "99")));
        var fault = Assert.Single(DatasetCheck.Run(Open()).Faults);
        Assert.Equal(1, fault.Count);
        Assert.Contains(
            "a.jpg is listed twice, as the images 1 and 99: it is one picture under two ids",
            fault.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_file_that_is_no_JSON_is_named_once()
    {
        _tiny.Picture("train/a.jpg");
        _tiny.Text("annotations/instances_train.json", """{"images": [{"id": 1 "file_name": "a.jpg"}]}""");
        var fault = Assert.Single(DatasetCheck.Run(Open()).Faults, fault => fault.Kind == DatasetFaultKind.BadList);
        Assert.Equal(1, fault.Count);
        Assert.Contains("instances_train.json is not valid JSON (line 1, byte 22)", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"id": 1, "file_name": 7}""", DatasetFaultKind.BadList, "images[0].file_name must be a string but is 7")]
    [InlineData("""{"id": 1, "file_name": null}""", DatasetFaultKind.BadList, "images[0] has no \"file_name\"")]
    [InlineData(
        """{"id": [1], "file_name": "a.jpg"}""",
        DatasetFaultKind.BadList,
        "images[0].id must be an id: a whole number or text but is [1]"
    )]
    [InlineData(
        """{"id": 1, "file_name": "a.jpg", "width": "wide"}""",
        DatasetFaultKind.BadList,
        "images[0].width must be a whole number from 1 up but is \"wide\""
    )]
    [InlineData("""7""", DatasetFaultKind.BadList, "images[0] must be an object {...} but is 7")]
    [InlineData("""{"id": 1, "file_name": "../../a.jpg"}""", DatasetFaultKind.BadList, "lies outside the data set")]
    public void Entries_of_the_wrong_kind_are_named_with_their_place_and_the_others_are_looked_at(
        string image,
        DatasetFaultKind kind,
        string message
    )
    {
        var usable = image.Contains("width", StringComparison.Ordinal); // an item all the same
        if (usable)
            _tiny.Picture("train/a.jpg");
        _tiny.Picture("train/b.jpg");
        _tiny.Text("annotations/instances_train.json", Json($"{image}, {Image("2", "b.jpg")}", Annotation("1", "2")));
        var report = DatasetCheck.Run(Open());
        var fault = Assert.Single(report.Faults);
        Assert.Equal((kind, 1, usable ? 2L : 1L), (fault.Kind, fault.Count, report.Items));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        if (!usable)
            Assert.Contains(message, Assert.Throws<LumenException>(() => Open().Items().Count()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"id": 1, "image_id": null}""", "belongs to the image (none), which is not listed")]
    [InlineData("""{"id": 1, "image_id": 2, "bbox": [0, 0, null, 1]}""", "annotations[0].bbox[2] must be a number but is null")]
    [InlineData(
        """{"id": 1, "image_id": 2, "bbox": [0, 0, 1]}""",
        "annotations[0].bbox must be a box [x, y, width, height] but is [0, 0, 1]"
    )]
    [InlineData("""{"id": 1, "image_id": 2, "segments_info": {}}""", "annotations[0].segments_info must be a list [...] but is {}")]
    [InlineData("""{"id": {}, "image_id": 2}""", "annotations[0].id must be an id")]
    [InlineData("""null""", "annotations[0] must be an object {...} but is null")]
    public void Annotations_of_the_wrong_kind_are_named_with_their_place(string annotation, string message)
    {
        _tiny.Picture("train/b.jpg");
        _tiny.Text("annotations/instances_train.json", Json(Image("2", "b.jpg"), annotation));
        var dataset = Open();
        Assert.Contains(
            message,
            Assert.Single(DatasetCheck.Run(dataset).Faults, fault => fault.Kind == DatasetFaultKind.BadAnnotation).Message,
            StringComparison.Ordinal
        );
        DatasetFormatTests.Augmented(dataset, _folder.File("to"), withOriginals: true); // what belongs to no new picture stays as it is
        Assert.Contains(annotation, File.ReadAllText(_folder.File("to/annotations/instances_train.json")), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string Image(string id, string file) =>
        $$"""{"id": {{id}}, "file_name": "{{file}}", "width": {{TinyDatasets.Width}}.0, "height": {{TinyDatasets.Height}}}""";

    private static string Annotation(string id, string image) =>
        $$"""{"id": {{id}}, "image_id": {{image}}, "category_id": 3, "bbox": [1, 2, 3, 4.5]}""";

    private static string Json(string images, string annotations) =>
        $$"""{"info": null, "images": [{{images}}], "annotations": [{{annotations}}], "categories": {{Categories}}}""";

    private Dataset Open() => DatasetFormats.Open(_folder.File("from"));
}
