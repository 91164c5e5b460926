using Lumen.Conditions;
using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Training.Data;
using Lumen.Training.Perception;
using Xunit;

namespace Lumen.Tests.Datasets;

/// <summary>What counts for nothing is never guessed against the data, and what is odd about labels is said.</summary>
public sealed class LabelValueTests : IDisposable
{
    private const int Width = TinyDatasets.Width,
        Height = TinyDatasets.Height;
    private readonly TempFolder _folder = new();
    private readonly TinyDatasets _tiny;

    public LabelValueTests() => _tiny = new TinyDatasets(_folder.Path);

    [Theory]
    [InlineData("", new byte[] { 0, 255 }, "so 255 is their foreground")]
    [InlineData("0 background\n1 lesion\n", new byte[] { 0, 255 }, "so 255 is their foreground")]
    [InlineData("", new byte[] { 0, 128, 255 }, "so 255 may be one more of their values")]
    [InlineData("", new byte[] { 0, 1, 255 }, null)]
    [InlineData("0 background\n1 lesion\n", new byte[] { 0, 1, 255 }, null)]
    [InlineData("0 background\n1 lesion\n", new byte[] { 0, 1 }, null)]
    [InlineData("0 void\n255 lesion\n", new byte[] { 0, 255 }, null)]
    [InlineData("0 background\n255 lesion\n", new byte[] { 0, 255 }, "255 is one of the 2 classes")]
    public void The_usual_ignored_id_holds_where_classes_and_labels_do_not_contradict_it(string classes, byte[] ids, string? conflict)
    {
        if (classes.Length > 0)
            _tiny.Text("classes.txt", classes);
        Masks(ids);
        var dataset = DatasetFormats.Open(_folder.Path);
        var summary = DatasetSummary.Of(dataset);
        if (conflict is null)
        {
            Assert.Null(IgnoredValue.Conflict(dataset, SplitNames.All));
            Assert.Null(summary.IgnoreConflict);
            return;
        }
        Assert.Contains(conflict, IgnoredValue.Conflict(dataset, SplitNames.All), StringComparison.Ordinal);
        Assert.Contains(conflict, summary.IgnoreConflict, StringComparison.Ordinal);
        Assert.Contains(
            DatasetCheck.Run(dataset).Notes,
            note => note.Contains(conflict, StringComparison.Ordinal) && note.Contains("`IgnoreLabel`", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Ids_beyond_8_bits_leave_nothing_that_says_that_255_counts_for_nothing()
    {
        _tiny.Picture("images/p0.png");
        PngWriter.WriteGray16(
            _folder.File("labels/p0.png"),
            Width,
            Height,
            [.. Enumerable.Range(0, Width * Height).Select(at => (ushort)(at % 3 == 0 ? 65535 : at % 3))]
        );
        Assert.Contains(
            "the label files hold 65535, more than 8 bits can",
            IgnoredValue.Conflict(DatasetFormats.Open(_folder.Path), SplitNames.All),
            StringComparison.Ordinal
        );
        _tiny.Text("classes.txt", "0 background\n1 road\n2 car\n65535 void\n");
        Assert.Null(IgnoredValue.Conflict(DatasetFormats.Open(_folder.Path), SplitNames.All));
        Assert.Equal(65535, DatasetFormats.Open(_folder.Path).Classes.Ignore);
    }

    [Fact]
    public void Labels_of_16_bits_with_a_class_255_have_no_ignored_id_and_65535_is_no_fault()
    {
        _tiny.Text("classes.txt", string.Concat(Enumerable.Range(0, 320).Select(id => $"class{id}\n")));
        _tiny.Picture("images/p0.png");
        Directory.CreateDirectory(_folder.File("labels"));
        PngWriter.WriteGray16(
            _folder.File("labels/p0.png"),
            Width,
            Height,
            [.. Enumerable.Range(0, Width * Height).Select(at => (ushort)(at == 0 ? 65535 : at + 80))]
        );
        var dataset = DatasetFormats.Open(_folder.Path);
        Assert.Null(dataset.Classes.Ignore);
        Assert.Empty(DatasetCheck.Run(dataset).Faults);
        Assert.Contains("255 is one of the 320 classes", IgnoredValue.Conflict(dataset, SplitNames.All), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_learnt_from_labels_whose_foreground_would_count_for_nothing()
    {
        _tiny.Text("classes.txt", "background\nlesion\n");
        Masks([0, 255]);
        var selection = new FolderSelection(_folder.Path) { Resolution = 8, ValidationFraction = 0.5 };
        Assert.Contains(
            "so 255 is their foreground, and pixels of 255 would count for nothing",
            Assert
                .Throws<LumenException>(() => FolderPictures.List(selection).For(ConditionRegistry.BuiltIn.Find(ConditionKind.LabelMap)))
                .Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "cannot be learnt",
            Assert
                .Throws<LumenException>(() =>
                    PerceptionData.FromDataset(
                        DatasetFormats.Open(_folder.Path),
                        SplitNames.All,
                        new DatasetReading { Width = 8, Height = 8 }
                    )
                )
                .Message,
            StringComparison.Ordinal
        );
        _tiny.Text("classes.txt", "0 background\n255 lesion\n");
        Assert.Equal(
            2,
            PerceptionData
                .FromDataset(DatasetFormats.Open(_folder.Path), SplitNames.All, new DatasetReading { Width = 8, Height = 8 })
                .Classes.Count
        );
    }

    [Fact]
    public void Classes_that_no_pixel_has_are_named()
    {
        _tiny.Text("classes.txt", "background\nlesion\nvessel\nvoid\n");
        Masks([0, 1, 1]);
        Assert.Contains(
            "1 of 4 classes have no pixel in any label file: vessel (2).",
            DatasetCheck.Run(DatasetFormats.Open(_folder.Path)).Notes
        );
    }

    [Fact]
    public void A_label_stored_as_jpeg_is_a_fault()
    {
        Masks([0, 1, 2]);
        File.Delete(_folder.File("masks/p1.png"));
        File.WriteAllBytes(_folder.File("masks/p1.jpg"), JpegWriter.Encode(Picture.Filled(Width, Height, 9, 9, 9), null));
        var fault = Assert.Single(DatasetCheck.Run(DatasetFormats.Open(_folder.Path)).Faults);
        Assert.Equal(DatasetFaultKind.LossyLabel, fault.Kind);
        Assert.Contains("masks/p1.jpg is a JPEG", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_is_told_as_it_is_stored_and_in_metres_with_its_zeros()
    {
        foreach (var (name, value) in new[] { ("p0", 2000), ("p1", 500) })
        {
            _tiny.Picture($"images/{name}.png");
            Directory.CreateDirectory(_folder.File("depth"));
            PngWriter.WriteGray16(
                _folder.File($"depth/{name}.png"),
                Width,
                Height,
                [.. Enumerable.Range(0, Width * Height).Select(at => (ushort)(at < Width * Height / 4 ? 0 : value + at % 2))]
            );
        }
        var depth = Assert.Single(DatasetSummary.Of(DatasetFormats.Open(_folder.Path)).Depths);
        Assert.Equal(
            ("depth", 2, 500, 2001, 0.25, 1000f),
            (depth.Role, depth.Files, depth.Least, depth.Most, depth.Zeros, depth.StepsPerMetre)
        );
        Assert.Equal((("depth/p1.png", 501), ("depth/p0.png", 2001)), depth.Medians);
    }

    [Theory]
    [InlineData("kitti", 256f)]
    [InlineData("nyuv2", 1000f)]
    [InlineData("nyuv2 scenes", 1000f)]
    public void Steps_a_metre_belong_to_the_label_file(string format, float steps) =>
        Assert.All(
            DatasetFormats.Open(_tiny.Write(format)).Items().SelectMany(item => item.Labels).Where(label => label.Kind == LabelKind.Depth),
            label => Assert.Equal(steps, label.StepsPerMetre)
        );

    [Fact]
    public void Disparity_is_no_distance()
    {
        _tiny.Write("cityscapes");
        _tiny.Depth("disparity/train/bad-honnef/bad-honnef_000000_000000_disparity.png");
        var label = DatasetFormats.Open(_folder.Path).Items("train").First().Labels.Single(label => label.Kind == LabelKind.Depth);
        Assert.Null(label.StepsPerMetre);
    }

    public void Dispose() => _folder.Dispose();

    private void Masks(byte[] ids)
    {
        for (var at = 0; at < 2; at++)
        {
            _tiny.Picture($"images/p{at}.png");
            Directory.CreateDirectory(_folder.File("masks"));
            PngWriter.WriteGray8(
                _folder.File($"masks/p{at}.png"),
                Width,
                Height,
                [.. Enumerable.Range(0, Width * Height).Select(pixel => ids[pixel % ids.Length])]
            );
        }
    }
}
