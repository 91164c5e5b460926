using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Datasets;

/// <summary>What lies beside pictures in folders that other tools, and this one, make.</summary>
public sealed class ForeignFolderTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TinyDatasets _tiny;

    public ForeignFolderTests() => _tiny = new TinyDatasets(_folder.Path);

    [Fact]
    public void What_an_augmented_data_set_keeps_about_its_pictures_are_no_labels_of_them_and_no_pictures()
    {
        foreach (var name in (string[])["a", "a_lumen0"])
        {
            _tiny.Picture($"train2017/{name}.png");
            _tiny.Ids($"annotations/panoptic_train2017/{name}.png");
        }
        _tiny.Text(
            "annotations/panoptic_train2017.json",
            """{"images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "a_lumen0.png"}], "annotations": [{"image_id": 1, "file_name": "a.png", "segments_info": []}, {"image_id": 2, "file_name": "a_lumen0.png", "segments_info": []}], "categories": []}"""
        );
        _tiny.Depth("confidence/train2017/a_lumen0.png");
        _tiny.Ids("trusted/train2017/a_lumen0.png");
        _tiny.Picture("lumen/preview.png");
        Assert.Contains("confidence", Roles()); // without records it is a folder like any other
        _tiny.Text("manifest.jsonl", "{\"item\": \"train2017/a_lumen0.png\"}\n");
        Assert.Equal(["panoptic"], Roles());
        File.Delete(_folder.File("annotations/panoptic_train2017.json"));
        Assert.DoesNotContain(
            DatasetFormats.OpenPictures(_folder.Path).Items(),
            item =>
                item.Picture.StartsWith("lumen", StringComparison.Ordinal)
                || item.Picture.StartsWith("confidence", StringComparison.Ordinal)
        );

        IEnumerable<string> Roles() =>
            DatasetFormats.Open(_folder.Path).Items().SelectMany(item => item.Labels).Select(label => label.Role).Distinct();
    }

    [Fact]
    public void Masks_beside_pictures_of_an_unknown_layout_are_not_trained_on()
    {
        foreach (var name in (string[])["a", "b"])
        {
            _tiny.Picture($"2024 photos/{name}.jpg");
            _tiny.Ids($"2024 masks/{name}.png");
        }
        var dataset = DatasetFormats.OpenPictures(_folder.Path);
        Assert.Equal(["2024 photos/a.jpg", "2024 photos/b.jpg"], dataset.Items().Select(item => item.Picture));
        Assert.Contains(
            DatasetCheck.Run(dataset).Notes,
            note =>
                note.StartsWith(
                    "2 pictures in 2024 masks are called as other pictures are: they are taken for labels and not used.",
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public void Folders_that_only_sound_like_labels_hold_pictures()
    {
        _tiny.Picture("faces/with mask/1.jpg");
        _tiny.Picture("faces/no mask/2.jpg");
        _tiny.Picture("faces/plain/3.jpg");
        Assert.Equal(3, DatasetFormats.OpenPictures(_folder.Path).Items().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("ImageSets/Segmentation/default.txt")]
    [InlineData("ImageSets/Segmentation/train.txt")]
    public void Cvats_masks_are_labels_in_the_colours_of_its_map(string list)
    {
        _tiny.Picture("JPEGImages/a.1.png");
        PngWriter.WriteRgb(_folder.File("SegmentationClass/a.1.png"), Picture.Filled(TinyDatasets.Width, TinyDatasets.Height, 250, 50, 83));
        _tiny.Text("labelmap.txt", "# label:color_rgb:parts:actions\nbackground:0,0,0::\ncar:250,50,83::\n");
        if (list.Length > 0)
            _tiny.Text(list, "a.1\n");
        var dataset = DatasetFormats.Open(_folder.Path);
        Assert.Equal(["background", "car"], dataset.Classes.Classes.Select(one => one.Name));
        var label = Assert.Single(Assert.Single(dataset.Items()).Labels);
        Assert.Equal(LabelKind.Classes, label.Kind);
        Assert.Equal(1, LabelReader.Read(dataset.FullPath(label.Name), label).Ids![0]);
        Assert.Empty(DatasetCheck.Run(dataset).Faults);
    }

    [Theory]
    [InlineData("car: 250,50", "must be \"name:R,G,B::\"")]
    [InlineData("car:250,50,300::", "must be \"name:R,G,B::\"")]
    [InlineData("car", "must be \"name:R,G,B::\"")]
    public void A_map_of_colours_that_is_none_is_refused(string line, string message)
    {
        _tiny.Picture("images/a.png");
        _tiny.Ids("labels/a.png");
        _tiny.Text("labelmap.txt", $"background:0,0,0::\n{line}\n");
        Assert.Contains(
            "line 2 " + message,
            Assert.Throws<LumenException>(() => DatasetFormats.Open(_folder.Path).Classes).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("/elsewhere/data/a.jpg")]
    [InlineData("C:\\\\data\\\\a.jpg")]
    public void A_path_on_the_machine_that_wrote_a_list_is_named_as_such(string name)
    {
        _tiny.Picture("train/a.jpg");
        _tiny.Text(
            "annotations/instances_train.json",
            $$"""{"images": [{"id": 1, "file_name": "{{name}}"}], "annotations": [], "categories": []}"""
        );
        Assert.Contains(
            "without the folders of the machine that it was written on",
            Assert
                .Single(DatasetCheck.Run(DatasetFormats.Open(_folder.Path)).Faults, fault => fault.Kind == DatasetFaultKind.BadList)
                .Message,
            StringComparison.Ordinal
        );
        Directory.Delete(_folder.File("annotations"), recursive: true);
        _tiny.Text("train/metadata.jsonl", $$"""{"file_name": "{{name}}", "text": "a"}""");
        Assert.Contains(
            "a path on the machine that wrote it. Names must be from the folder of the metadata: a.jpg.",
            Assert.Throws<LumenException>(() => DatasetFormats.Open(_folder.Path).Items().ToList()).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Coco_names_match_whatever_the_case_of_their_ending_and_the_composition_of_accents()
    {
        _tiny.Picture("train/a.JPG");
        _tiny.Picture("train/U\u0308.jpg");
        _tiny.Text(
            "annotations/instances_train.json",
            """{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "\u00DC.jpg"}], "annotations": [], "categories": []}"""
        );
        var dataset = DatasetFormats.Open(_folder.Path);
        Assert.Equal(["train/a.JPG", "train/U\u0308.jpg"], dataset.Items().Select(item => item.Picture));
        Assert.Empty(DatasetCheck.Run(dataset).Faults);
    }

    public void Dispose() => _folder.Dispose();
}
