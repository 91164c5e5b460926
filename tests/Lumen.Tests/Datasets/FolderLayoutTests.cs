using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Training.Data;
using Xunit;

namespace Lumen.Tests.Datasets;

/// <summary>Folders as people have them: suffixes, other names, files of file managers, colours for classes.</summary>
public sealed class FolderLayoutTests : IDisposable
{
    private const int Width = TinyDatasets.Width,
        Height = TinyDatasets.Height;
    private readonly TempFolder _folder = new(),
        _to = new();
    private readonly TinyDatasets _tiny;

    public FolderLayoutTests() => _tiny = new TinyDatasets(_folder.Path);

    [Theory]
    [InlineData("images/{0}.png", "masks/{0}_mask.png")]
    [InlineData("images/{0}.JPG", "masks/{0}_mask.png")]
    [InlineData("images/{0}.png", "GT/{0}.png")]
    [InlineData("Imgs/{0}.png", "GT/{0}.png")]
    [InlineData("images/{0}.png", "traced/{0}.png")]
    [InlineData("images/train/{0}.png", "masks/train/{0}-labelTrainIds.png")]
    [InlineData("img_dir/train/{0}_leftImg8bit.png", "ann_dir/train/{0}_gtFine_labelTrainIds.png")]
    [InlineData("images/{0}_sat.jpg", "masks/{0}_mask.png")]
    [InlineData("train/{0}.png", "train_labels/{0}_L.png")]
    [InlineData("train/{0}.jpg", "train/{0}_mask.png")]
    [InlineData("{0}.jpg", "{0}_mask.png")]
    public void Labels_are_found_by_themselves_where_their_names_are_clear(string picture, string label)
    {
        foreach (var name in new[] { "p1", "p10", "a b" })
            Add(picture, label, name);
        var dataset = DatasetFormats.Open(_folder.Path);
        Assert.Equal("folders", dataset.Format);
        Assert.Equal(3, dataset.Items().Count());
        Assert.All(
            dataset.Items(),
            item =>
            {
                var own = Assert.Single(item.Labels);
                Assert.Equal(LabelKind.Classes, own.Kind);
                Assert.True(File.Exists(dataset.FullPath(own.Name)), own.Name);
            }
        );
        Assert.Empty(DatasetCheck.Run(dataset).Faults);
        var augmented = DatasetFormatTests.Augment(dataset, _to.File("set"));
        Assert.Equal(9, augmented.Items().Count());
        Assert.Empty(DatasetCheck.Run(augmented).Faults);
        Assert.All(augmented.Items(), item => Assert.True(File.Exists(augmented.FullPath(Assert.Single(item.Labels).Name))));
    }

    [Fact]
    public void Of_two_suffixes_the_user_says_which()
    {
        foreach (var name in new[] { "p1", "p2" })
        {
            Add("images/{0}.png", "masks/{0}_fine.png", name);
            _tiny.Ids($"masks/{name}_coarse.png");
        }
        var report = DatasetCheck.Run(DatasetFormats.Open(_folder.Path));
        Assert.Equal(DatasetFaultKind.MissingLabel, Assert.Single(report.Faults).Kind);
        Assert.Contains(
            "Files of masks have _coarse or _fine behind the names of the pictures. Say which are the labels: `LabelSuffix` _coarse.",
            report.Notes
        );
        foreach (var suffix in new[] { "_fine", "_fine.png" })
            Assert.Equal(
                ["masks/p1_fine.png", "masks/p2_fine.png"],
                DatasetFormats
                    .Open(_folder.Path, options: new DatasetOptions { LabelSuffix = suffix })
                    .Items()
                    .Select(item => Assert.Single(item.Labels).Name)
            );
    }

    [Fact]
    public void Of_several_label_files_of_pictures_with_a_suffix_the_user_says_which()
    {
        foreach (var name in new[] { "a_0", "a_1" })
        foreach (var kind in new[] { "labelIds", "color" })
            Add("img_dir/train/{0}_leftImg8bit.png", $"ann_dir/train/{{0}}_gtFine_{kind}.png", name);
        Assert.Contains(
            "Files of ann_dir/train have _gtFine_color or _gtFine_labelIds behind the names of the pictures. Say which are the "
                + "labels: `LabelSuffix` _gtFine_color.",
            DatasetCheck.Run(DatasetFormats.Open(_folder.Path)).Notes
        );
        var dataset = DatasetFormats.Open(_folder.Path, options: new DatasetOptions { LabelSuffix = "_gtFine_labelIds" });
        Assert.Equal(
            ["ann_dir/train/a_0_gtFine_labelIds.png", "ann_dir/train/a_1_gtFine_labelIds.png"],
            dataset.Items().Select(item => Assert.Single(item.Labels).Name)
        );
        Assert.Equal("ann_dir/train/a_0_lumen2_gtFine_labelIds.png", dataset.VariantName("ann_dir/train/a_0_gtFine_labelIds.png", 2));
        Assert.Equal("img_dir/train/a_0_lumen2_leftImg8bit.png", dataset.VariantName("img_dir/train/a_0_leftImg8bit.png", 2));
    }

    [Fact]
    public void Colours_without_a_table_are_told()
    {
        _tiny.Picture("images/a.png");
        _tiny.Picture("labels/a.png");
        Assert.Contains(
            DatasetCheck.Run(DatasetFormats.Open(_folder.Path)).Notes,
            note =>
                note.StartsWith(
                    "1 label files draw classes in colours, the first is labels/a.png, and no table says",
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public void Sizes_and_gaps_are_found_in_label_folders_of_any_name()
    {
        foreach (var name in new[] { "p0", "p1", "p2" })
            Add("images/{0}.png", "traced/{0}.png", name);
        PngWriter.WriteGray8(_folder.File("traced/p1.png"), Width / 2, Height / 2, new byte[Width * Height / 4]);
        File.Delete(_folder.File("traced/p2.png"));
        Assert.Equal(
            [(DatasetFaultKind.MissingLabel, "images/p2.png"), (DatasetFaultKind.SizeMismatch, "images/p1.png")],
            DatasetCheck.Run(DatasetFormats.Open(_folder.Path)).Faults.Select(fault => (fault.Kind, fault.Item))
        );
    }

    [Fact]
    public void What_file_managers_leave_counts_as_nothing()
    {
        foreach (var name in new[] { "p0", "p1" })
        {
            _tiny.Picture($"images/train/{name}.png");
            _tiny.Text($"labels/train/{name}.txt", "0 0.5 0.5 0.1 0.1\n");
        }
        _tiny.Picture("images/train/p2.png"); // no objects, no file
        foreach (
            var leftover in new[]
            {
                "labels/train/.DS_Store",
                "labels/.DS_Store",
                "images/train/Thumbs.db",
                "images/train/._p0.png",
                "images/train/__MACOSX/._p1.png",
                "labels/train/desktop.ini",
                ".DS_Store",
            }
        )
            _tiny.Text(leftover, "x");
        var dataset = DatasetFormats.Open(_folder.Path);
        Assert.Equal(3, dataset.Items().Count());
        var report = DatasetCheck.Run(dataset);
        Assert.Empty(report.Faults);
        Assert.Equal("0 of 3 pictures have a caption.", Assert.Single(report.Notes));
    }

    [Fact]
    public void Label_files_that_belong_to_no_picture_and_pictures_that_no_list_names_are_told()
    {
        foreach (var name in new[] { "p0", "p1", "p2" })
            Add("images/{0}.png", "labels/{0}.png", name);
        _tiny.Ids("labels/gone.png");
        _tiny.Text("train.txt", "p0\np1\n");
        _tiny.Text("images/p3.heic", "x");
        var report = DatasetCheck.Run(DatasetFormats.Open(_folder.Path));
        Assert.Empty(report.Faults);
        Assert.Contains("1 pictures are named by no list or row, so they are not used: images/p2.png.", report.Notes);
        Assert.Contains("1 label files belong to no picture: labels/gone.png.", report.Notes);
        Assert.Contains("1 files ending in .heic lie among the pictures and are not read. Save them as PNG.", report.Notes);
    }

    [Fact]
    public void Names_match_whatever_the_composition_of_their_accents_and_the_case_of_their_ending()
    {
        const string composed = "stra\u00dfe_\u00fc",
            decomposed = "stra\u00dfe_u\u0308";
        _tiny.Picture($"images/{decomposed}.png");
        _tiny.Ids($"labels/{composed}.PNG");
        _tiny.Text("train.txt", composed + "\n");
        var dataset = DatasetFormats.Open(_folder.Path);
        var item = Assert.Single(dataset.Items("train"));
        Assert.Equal(($"images/{decomposed}.png", $"labels/{composed}.PNG"), (item.Picture, Assert.Single(item.Labels).Name));
        Assert.Empty(DatasetCheck.Run(dataset).Faults);

        new TinyDatasets(_to.Path).Picture($"{decomposed}.PNG");
        new TinyDatasets(_to.Path).Text("metadata.csv", $"file_name,text\n{composed}.png,a street\n");
        Assert.Equal($"{decomposed}.PNG", Assert.Single(DatasetFormats.Open(_to.Path).Items()).Picture);
    }

    [Fact]
    public void Class_folders_are_read_as_what_they_are()
    {
        foreach (var name in new[] { "train/cat/a", "train/cat/b", "train/dog/c", "val_small/cat/d" })
            _tiny.Picture($"{name}.png");
        var dataset = DatasetFormats.Open(_folder.Path);
        Assert.Equal("classfolders", dataset.Format);
        Assert.Equal(["train", "val_small"], dataset.Splits);
        var report = DatasetCheck.Run(dataset);
        Assert.Empty(report.Faults);
        Assert.Contains("The folders of train are classes: cat (2), dog (1).", report.Notes);
        Assert.Equal(
            ["train/cat/a_lumen0.png", "train/dog/c_lumen0.png"],
            DatasetFormatTests
                .Augment(dataset, _to.File("set"))
                .Items("train")
                .Select(item => item.Picture)
                .Where(name => name.Contains("a_lumen0", StringComparison.Ordinal) || name.Contains("c_lumen0", StringComparison.Ordinal))
        );
    }

    [Theory]
    [InlineData("class_dict.csv", "name,r,g,b\nsky,10,20,30\nroad,40, 50,60\nVoid,0,0,0\n")]
    [InlineData("label_colors.txt", "10 20 30\tsky\n40 50 60\t\troad\n0 0 0 Void\n")]
    [InlineData(
        "classes.json",
        "[{\"id\": 0, \"name\": \"sky\", \"color\": [10, 20, 30]}, {\"id\": 1, \"name\": \"road\", \"color\": [40, 50, 60]}, {\"id\": "
            + "2, \"name\": \"void\", \"color\": [0, 0, 0]}]"
    )]
    public void Classes_drawn_in_the_colours_of_a_table_are_their_ids(string table, string text)
    {
        _tiny.Text(table, text);
        foreach (var name in new[] { "a", "b" })
        {
            _tiny.Picture($"train/{name}.png");
            var label = Picture.Filled(Width, Height, 10, 20, 30);
            for (var at = 0; at < Width * 3; at += 3)
                (label.Rgb[at], label.Rgb[at + 1], label.Rgb[at + 2]) = (40, 50, 60);
            Directory.CreateDirectory(_folder.File("train_labels"));
            PngWriter.WriteRgb(_folder.File($"train_labels/{name}.png"), label);
        }
        var dataset = DatasetFormats.Open(_folder.Path);
        Assert.Equal((3, 2), (dataset.Classes.Classes.Count, dataset.Classes.Ignore));
        Assert.Empty(DatasetCheck.Run(dataset).Faults);
        Assert.Equal(1.0 / Height, DatasetSummary.Of(dataset).PixelShares[1], 6);
        var picture = Assert.Single(FolderPictures.List(new FolderSelection(_folder.Path) { ValidationFraction = 0.5 }).Train);
        Assert.Equal(1, Lumen.Conditions.AnnotationFiles.Read(picture.Path, picture.Labels, colours: picture.LabelColours).Labels![0]);

        var stray = PictureReader.Read(_folder.File("train_labels/a.png"));
        stray.Rgb[3 * (2 * Width + 5)] = 11;
        PngWriter.WriteRgb(_folder.File("train_labels/a.png"), stray);
        var fault = Assert.Single(DatasetCheck.Run(dataset).Faults);
        Assert.Equal(DatasetFaultKind.IdOutsideClasses, fault.Kind);
        Assert.Contains(
            "train_labels/a.png has the colour (11, 20, 30) at column 5, row 2, which no class has",
            fault.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_table_of_pixel_values_beside_the_pictures_names_the_classes()
    {
        Add("train/{0}.jpg", "train/{0}_mask.png", "a");
        _tiny.Text("train/_classes.csv", "Pixel Value, Class\n0, background\n1, lesion\n");
        var dataset = DatasetFormats.Open(_folder.Path);
        Assert.Equal(["background", "lesion"], dataset.Classes.Classes.Select(one => one.Name));
        Assert.Empty(DatasetCheck.Run(dataset).Faults);
    }

    [Theory]
    [InlineData("class_dict.csv", "name,red\nsky,1\n", "has no column g or green")]
    [InlineData("class_dict.csv", "name,r,g,b\nsky,1,2,300\n", "colours go up to 255")]
    [InlineData("label_colors.txt", "10 20 sky\n", "line 1 must be \"R G B name\"")]
    public void A_table_of_colours_that_cannot_be_understood_is_named(string name, string text, string message)
    {
        Add("images/{0}.png", "labels/{0}.png", "a");
        _tiny.Text(name, text);
        Assert.Contains(
            message,
            Assert.Throws<LumenException>(() => DatasetFormats.Open(_folder.Path).Classes).Message,
            StringComparison.Ordinal
        );
    }

    public void Dispose()
    {
        _folder.Dispose();
        _to.Dispose();
    }

    private void Add(string picture, string label, string name)
    {
        _tiny.Picture(string.Format(null, picture, name));
        _tiny.Ids(string.Format(null, label, name));
    }
}
