using Lumen.Conditions;
using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Tests.Datasets;
using Lumen.Training.Data;
using Xunit;

namespace Lumen.Tests.Data;

public sealed class FolderPicturesTests : IDisposable
{
    private readonly PhotoFolder _photos = new PhotoFolder();
    private readonly TempFolder _folder = new();

    public static TheoryData<string> Formats => [.. TinyDatasets.Formats];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Training_pictures_of_every_layout_are_used_and_its_own_held_out_part_validates(string format)
    {
        var folder = new TinyDatasets(_folder.File("set")).Write(format);
        var listed = FolderPictures.List(new FolderSelection(folder) { Resolution = 8 });
        Assert.True(SplitNames.IsTraining(listed.Split));
        Assert.True(SplitNames.IsValidation(listed.HeldOutSplit!));
        Assert.Equal((TinyDatasets.Training, TinyDatasets.HeldOut), (listed.Train.Count, listed.HeldOut.Count));
        Assert.Empty(listed.Train.Select(picture => picture.Name).Intersect(listed.HeldOut.Select(picture => picture.Name)));
        using var corpus = FolderCorpus.OpenTrain(listed, _folder.File("cache"));
        Assert.Equal(TinyDatasets.Training, corpus.Count);
    }

    [Theory]
    [InlineData("imagefolder", "label_map", 2)]
    [InlineData("cityscapes", "label_map", 34)]
    [InlineData("voc", "label_map", 21)]
    [InlineData("ade20k", "label_map", 151)]
    [InlineData("camvid", "label_map", 11)]
    [InlineData("nyuv2", "depth", null)]
    [InlineData("nyuv2 scenes", "depth", null)]
    [InlineData("kitti", "depth", null)]
    public void Labels_and_depth_are_cut_with_their_picture(string format, string kindName, int? classes)
    {
        var kind = new ConditionKind(kindName);
        var folder = new TinyDatasets(_folder.File("set")).Write(format);
        var listed = FolderPictures
            .List(new FolderSelection(folder) { Resolution = 8, HorizontalFlips = true })
            .For(ConditionRegistry.BuiltIn.Find(kind));
        Assert.Equal(classes, listed.Classes?.Count);
        using var corpus = FolderCorpus.OpenTrain(listed, _folder.File("cache"));
        var condition = new ConditionSettings { Kind = kind }
            .Filled(listed.Classes?.Count, listed.Classes?.Ignore ?? 255)
            .ToCondition();
        var (plain, mirrored) = (condition.Read(corpus.Annotated(0)), condition.Read(corpus.Annotated(1)));
        Assert.Equal((8, 8), (plain.Width, plain.Height));
        Assert.Equal(plain.Values.Chunk(8).SelectMany(row => row.Reverse()), mirrored.Values);
        Assert.Equal(corpus.ReadPicture(1).Rgb, corpus.Annotated(1).Picture.Rgb);
    }

    [Fact]
    public void Labels_lie_under_the_pixels_they_belong_to_in_every_crop_and_mirrored_normals_point_the_other_way()
    {
        var picture = PhotoFolder.Places(48, 36);
        var whole = new AnnotatedPicture(picture)
        {
            Labels = [.. Enumerable.Range(0, 48 * 36).Select(at => (byte)(at % 48))],
            Depth = [.. Enumerable.Range(0, 48 * 36).Select(at => at / 48 + 1f)],
            Normals = [.. Enumerable.Range(0, 48 * 36).SelectMany(_ => new[] { 0.6f, 0f, 0.8f })],
        };
        var selection = new FolderSelection("somewhere")
        {
            Resolution = 12,
            CropsPerPicture = 4,
            CropScale = 0.5,
            HorizontalFlips = true,
        };
        for (var variant = 0; variant < selection.Variants; variant++)
        {
            var cut = CropWindow.Of(selection, "a.png", (48, 36), variant).Cut(whole, new PictureShape(12, 12));
            for (var at = 0; at < 144; at++)
            {
                Assert.InRange(cut.Labels![at] - cut.Picture.Rgb[3 * at] / 4.0, -1.6, 1.6);
                Assert.InRange(cut.Depth![at] - 1 - cut.Picture.Rgb[3 * at + 1] / 4.0, -1.6, 1.6);
                Assert.Equal(variant % 2 == 0 ? 0.6f : -0.6f, cut.Normals![3 * at]);
            }
        }
    }

    [Fact]
    public void Depth_is_in_metres_whatever_the_layouts_steps()
    {
        foreach (var (format, steps) in new[] { ("nyuv2", 1000f), ("kitti", 256f) })
        {
            var listed = FolderPictures.List(new FolderSelection(new TinyDatasets(_folder.File(format)).Write(format)) { Resolution = 12 });
            using var corpus = FolderCorpus.OpenTrain(listed, _folder.File("cache"));
            Assert.Equal(4 * 200 / steps, corpus.Annotated(0).Depth![0], 4); // the middle begins at the fourth column
        }
    }

    [Fact]
    public void Captions_come_from_metadata_then_from_text_files_then_from_the_recipe()
    {
        _photos.Fill(4);
        File.WriteAllText(_photos.File("a.txt"), "a red\n barn \n");
        File.WriteAllText(_photos.File("b.txt"), "0 0.5 0.5 0.1 0.1\n"); // boxes
        var captions = Captions(_photos.Selection with { Caption = "a photograph" });
        Assert.Equal(["a red barn", "a photograph", "a photograph", "a photograph"], captions);
        Assert.Equal(["a red barn", "", "", ""], Captions(_photos.Selection));
        File.WriteAllText(
            _photos.File("metadata.jsonl"),
            string.Join(
                '\n',
                "abcd".Select(letter =>
                    letter == 'd' ? """{"file_name": "d.png"}""" : $$"""{"file_name": "{{letter}}.png", "text": "written of {{letter}}"}"""
                )
            )
        );
        Assert.Equal(
            ["written of a", "written of b", "written of c", "a photograph"],
            Captions(_photos.Selection with { Caption = "a photograph" })
        );

        static string[] Captions(FolderSelection selection)
        {
            var listed = FolderPictures.List(selection);
            return
            [
                .. listed
                    .Train.Concat(listed.HeldOut)
                    .OrderBy(picture => picture.Name, StringComparer.Ordinal)
                    .Select(picture => picture.Caption),
            ];
        }
    }

    [Fact]
    public void What_is_held_out_hangs_on_names_and_seed_and_frames_of_a_block_stay_together_with_a_gap_around()
    {
        for (var at = 0; at < 60; at++)
            _photos.Write($"frame{at:00}.png", PhotoFolder.Places(8, 8));
        var single = FolderPictures.List(_photos.Selection with { ValidationFraction = 0.2 });
        Assert.Equal((48, 12), (single.Train.Count, single.HeldOut.Count));
        Assert.Equal(single.HeldOut, FolderPictures.List(_photos.Selection with { ValidationFraction = 0.2 }).HeldOut);
        Assert.NotEqual(single.HeldOut, FolderPictures.List(_photos.Selection with { ValidationFraction = 0.2, Seed = 9 }).HeldOut);

        var blocks = FolderPictures.List(_photos.Selection with { ValidationFraction = 0.2, ValidationBlock = 10, ValidationGap = 3 });
        var heldOut = blocks.HeldOut.Select(Number).ToHashSet();
        Assert.Equal(10, heldOut.Count);
        Assert.Equal(9, heldOut.Max() - heldOut.Min());
        Assert.All(blocks.Train.Select(Number), train => Assert.All(heldOut, held => Assert.True(Math.Abs(train - held) > 3)));
        Assert.Equal(60 - 10 - (heldOut.Min() == 0 || heldOut.Max() == 59 ? 3 : 6), blocks.Train.Count);

        Assert.Equal(4, FolderPictures.List(_photos.Selection with { ValidationFraction = 0.2, ValidationPictures = 4 }).HeldOut.Count);

        static int Number(FolderPicture picture) => int.Parse(picture.Name.AsSpan(5, 2), System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Held_out_parts_are_refused_however_they_are_named()
    {
        var folder = new TinyDatasets(_folder.File("set")).Write("folders");
        Assert.Contains("The part \"val\" is held out", Refused(new FolderSelection(folder) { Split = "val" }), StringComparison.Ordinal);
        Assert.Contains(
            "has no part \"extra\"; it has train, val",
            Refused(new FolderSelection(folder) { Split = "extra" }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "the held-out part \"val\"",
            Refused(new FolderSelection(Path.Combine(folder, "images", "val"))),
            StringComparison.Ordinal
        );
        var listed = new TinyDatasets(_folder.File("listed")).Write("folders with lists");
        Assert.Contains(
            "the held-out part \"val\"",
            Refused(new FolderSelection(Path.Combine(listed, "images"))),
            StringComparison.Ordinal
        );
        Assert.Equal(TinyDatasets.Training, FolderPictures.List(new FolderSelection(listed)).Train.Count);

        _photos.Fill(3, "train/").Fill(2, "test/");
        var plain = FolderPictures.List(_photos.Selection with { ValidationFraction = 0.4 });
        Assert.All(plain.Train.Concat(plain.HeldOut), picture => Assert.StartsWith("train/", picture.Name, StringComparison.Ordinal));
        Assert.Contains("the held-out part \"test\"", Refused(new FolderSelection(_photos.File("test"))), StringComparison.Ordinal);
        Directory.Delete(_photos.File("train"), recursive: true);
        Assert.Contains("has no training part; it has test", Refused(_photos.Selection), StringComparison.Ordinal);
    }

    [Fact]
    public void Generated_pictures_are_left_out()
    {
        var folder = new TinyDatasets(_folder.File("set")).Write("folders");
        File.Copy(
            Directory.GetFiles(Path.Combine(folder, "images", "train")).Order(StringComparer.Ordinal).First(),
            Path.Combine(folder, "images/train/made_lumen0.png")
        );
        Assert.Equal(4, FolderPictures.List(new FolderSelection(folder)).Train.Count);
        File.WriteAllText(
            Path.Combine(folder, "manifest.jsonl"),
            """{"format": "lumen-augmentation-1", "item": "images/train/made_lumen0.png", "source": "images/train/a.png"}""" + "\n"
        );
        Assert.Equal(3, FolderPictures.List(new FolderSelection(folder)).Train.Count);
    }

    [Fact]
    public void Pictures_without_the_labels_that_a_condition_needs_are_named()
    {
        var folder = new TinyDatasets(_folder.File("set")).Write("folders");
        File.Delete(Directory.GetFiles(Path.Combine(folder, "labels", "train")).Order(StringComparer.Ordinal).First());
        var listed = FolderPictures.List(new FolderSelection(folder));
        var fault = Assert.Throws<LumenException>(() => listed.For(ConditionRegistry.BuiltIn.Find(ConditionKind.LabelMap)));
        Assert.Contains("1 of the 5 pictures of", fault.Message, StringComparison.Ordinal);
        Assert.Contains("the first is images/train/straße train 0.png", fault.Message, StringComparison.Ordinal);
        Assert.Contains("lumen data check", fault.Message, StringComparison.Ordinal);
        Assert.Contains(
            "5 of the 5 pictures",
            Assert.Throws<LumenException>(() => listed.For(ConditionRegistry.BuiltIn.Find(ConditionKind.Normal))).Message,
            StringComparison.Ordinal
        );
        listed.For(ConditionRegistry.BuiltIn.Find(ConditionKind.Canny));
        Assert.Null(listed.Classes);
    }

    [Fact]
    public void Another_label_file_of_the_same_pictures_is_another_annotation_but_the_same_picture()
    {
        var folder = new TinyDatasets(_folder.File("set")).Write("cityscapes");
        using var ids = Open(null);
        using var trainIds = Open("gtFine_labelTrainIds");
        Assert.Equal((7, 255), (ids.Annotated(0).Labels![20], trainIds.Annotated(0).Labels![20]));
        Assert.Equal(ids.Identity, trainIds.Identity);
        Assert.NotEqual(ids.AnnotationIdentity, trainIds.AnnotationIdentity);

        FolderCorpus Open(string? role) =>
            FolderCorpus.OpenTrain(
                FolderPictures
                    .List(new FolderSelection(folder) { Resolution = 12, Labels = role })
                    .For(ConditionRegistry.BuiltIn.Find(ConditionKind.LabelMap)),
                _folder.File("cache")
            );
    }

    [Fact]
    public void A_last_class_called_void_is_what_is_ignored()
    {
        var classes = new ClassTable([new DatasetClass(0, "sky"), new DatasetClass(1, "road"), new DatasetClass(2, "Void")]);
        Assert.Equal(new LabelClasses(2, 2), LabelClasses.Of(classes));
        Assert.Equal(new LabelClasses(2, 255), LabelClasses.Of(new ClassTable([new DatasetClass(0, "void"), new DatasetClass(1, "wall")])));
        Assert.Null(LabelClasses.Of(ClassTable.Unknown));
    }

    [Fact]
    public void Settings_that_cannot_be_used_are_refused_together()
    {
        var fault = Refused(
            new FolderSelection(_photos.Path)
            {
                CropsPerPicture = 0,
                CropScale = 1.5,
                ValidationFraction = 0,
                ValidationBlock = 0,
            }
        );
        Assert.All(
            ["crops_per_picture", "crop_scale", "validation_fraction", "validation_block"],
            name => Assert.Contains(name, fault, StringComparison.Ordinal)
        );
        Assert.Contains(
            "There is no folder of pictures at",
            Refused(new FolderSelection(_folder.File("nowhere"))),
            StringComparison.Ordinal
        );
        Assert.Contains("no pictures in it or below it", Refused(new FolderSelection(_folder.Path)), StringComparison.Ordinal);
        _photos.Write("one.png", PhotoFolder.Places(9, 9));
        Assert.Contains("holds 1 pictures, too few to hold any out", Refused(_photos.Selection), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _photos.Dispose();
        _folder.Dispose();
    }

    private static string Refused(FolderSelection selection) => Assert.Throws<LumenException>(() => FolderPictures.List(selection)).Message;
}
