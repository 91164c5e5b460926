using Lumen.Datasets;
using Lumen.Testing;
using Lumen.Training.Data;
using Xunit;

namespace Lumen.Tests.Datasets;

/// <summary>What is called held out stays held out, whoever reads.</summary>
public sealed class HeldOutPartTests : IDisposable
{
    private readonly TempFolder _folder = new(),
        _to = new();

    [Theory]
    [InlineData("val2017_small")]
    [InlineData("valid")]
    [InlineData("Validation")]
    [InlineData("dev")]
    [InlineData("eval-set")]
    [InlineData("evaluation")]
    [InlineData("validate_1")]
    [InlineData("hold_out")]
    [InlineData("heldOut2")]
    [InlineData("holdout")]
    [InlineData("testA")]
    [InlineData("test1k")]
    [InlineData("TEST")]
    [InlineData("small.test")]
    [InlineData("testing_last")]
    [InlineData("train_val")]
    [InlineData("stage1_test")]
    public void A_word_of_the_name_says_that_a_part_is_held_out(string name) =>
        Assert.Equal((true, false), (SplitNames.IsHeldOut(name), SplitNames.IsTraining(name)));

    [Theory]
    [InlineData("contest")]
    [InlineData("latest")]
    [InlineData("devon")]
    [InlineData("device-2")]
    [InlineData("valley")]
    [InlineData("evaluated_street")]
    [InlineData("attestation")]
    [InlineData("validity")]
    [InlineData("household")]
    [InlineData("out")]
    public void Words_that_only_begin_or_end_alike_say_nothing(string name) =>
        Assert.Equal((false, false), (SplitNames.IsHeldOut(name), SplitNames.IsTraining(name)));

    [Theory]
    [InlineData("train_extra")]
    [InlineData("trainA")]
    [InlineData("trainval")]
    [InlineData("stage1_train")]
    public void Training_parts_may_have_more_in_their_name(string name) =>
        Assert.Equal((false, true), (SplitNames.IsHeldOut(name), SplitNames.IsTraining(name)));

    [Fact]
    public void The_union_of_training_and_validation_is_a_part_only_where_there_is_no_validation_part()
    {
        Assert.Equal(["train", "val"], SplitNames.Parts(["trainval", "val", "train", "train_masks"]));
        Assert.Equal(["trainval", "test"], SplitNames.Parts(["test", "trainval"]));
    }

    [Theory]
    [InlineData("metadata.jsonl", "{\"file_name\": \"FILE\", \"text\": \"a street\"}\n", "")]
    [InlineData("metadata.csv", "FILE,a street\n", "file_name,text\n")]
    public void Metadata_above_the_parts_is_divided_by_the_folders(string name, string line, string first)
    {
        var tiny = new TinyDatasets(_folder.Path);
        string[] pictures = ["train/a.png", "./train/b.png", "train/c.png", "test_small/d.png", "test_small/e.png"];
        foreach (var picture in pictures)
            tiny.Picture(picture);
        tiny.Text(name, first + string.Concat(pictures.Select(picture => line.Replace("FILE", picture, StringComparison.Ordinal))));
        var dataset = DatasetFormats.Open(_folder.Path);
        Assert.Equal(["train", "test_small"], dataset.Splits);
        Assert.Equal(["train/a.png", "train/b.png", "train/c.png"], dataset.Items("train").Select(item => item.Picture));
        Assert.Equal(["test_small/d.png", "test_small/e.png"], dataset.Items("test_small").Select(item => item.Picture));
        Assert.Empty(DatasetCheck.Run(dataset).Faults);
        var (files, data) = PictureFiles.ForFitting(_folder.Path);
        Assert.Equal((3, true), (files.Count, data.Contains("part train", StringComparison.Ordinal)));
        var listed = FolderPictures.List(new FolderSelection(_folder.Path) { ValidationFraction = 0.3 });
        Assert.All(listed.Train.Concat(listed.HeldOut), picture => Assert.StartsWith("train/", picture.Name, StringComparison.Ordinal));
        Assert.All(
            DatasetFormatTests.Augment(dataset, _to.File("set")).Items("test_small"),
            item => Assert.DoesNotContain("_lumen", item.Picture, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_column_of_the_metadata_may_say_the_part_but_not_take_a_picture_out_of_a_held_out_folder()
    {
        var tiny = new TinyDatasets(_folder.Path);
        foreach (var picture in new[] { "x/a.png", "x/b.png", "test/c.png" })
            tiny.Picture(picture);
        tiny.Text("metadata.csv", "file_name,split\nx/a.png,train\nx/b.png,validation\ntest/c.png,train\n");
        Assert.Equal(
            ["train x/a.png", "validation x/b.png", "test test/c.png"],
            DatasetFormats.Open(_folder.Path).Items().Select(item => $"{item.Split} {item.Picture}")
        );
    }

    [Fact]
    public void What_lies_outside_the_held_out_folders_is_used_where_there_is_no_training_part()
    {
        var tiny = new TinyDatasets(_folder.Path);
        foreach (var picture in new[] { "city/a.png", "city/b.png", "c.png", "holdout/d.png", "city/val_small/e.png" })
            tiny.Picture(picture);
        var dataset = DatasetFormats.OpenPictures(_folder.Path);
        Assert.Equal([SplitNames.All, "val_small", "holdout"], dataset.Splits);
        Assert.Equal(["c.png", "city/a.png", "city/b.png"], dataset.Items(SplitNames.All).Select(item => item.Picture));
        Assert.Equal(
            ["c.png", "city/a.png", "city/b.png"],
            PictureFiles.ForFitting(_folder.Path).Files.Select(file => Path.GetRelativePath(_folder.Path, file))
        );

        foreach (var picture in new[] { "set/images/val_2/f.png", "set/images/x/g.png" })
            tiny.Picture(picture);
        tiny.Ids("set/labels/x/g.png");
        Assert.Equal(["images/x/g.png"], DatasetFormats.Open(_folder.File("set")).Items(SplitNames.All).Select(item => item.Picture));
    }

    [Fact]
    public void A_folder_whose_name_says_so_is_refused_unless_the_user_says_otherwise()
    {
        var tiny = new TinyDatasets(_folder.Path);
        foreach (
            var picture in new[]
            {
                "streets-test/a.png",
                "streets-test/b.png",
                "streets-train/c.png",
                "val2017_small/d.png",
                "val2017_small/e.png",
                "lumen-test-7/f.png",
                "lumen-test-7/g.png",
            }
        )
            tiny.Picture(picture);
        foreach (var name in new[] { "streets-test", "val2017_small" })
        {
            Assert.Contains(
                $"the held-out part \"{name}\"",
                Assert.Throws<LumenException>(() => PictureFiles.ForFitting(_folder.File(name))).Message,
                StringComparison.Ordinal
            );
            Assert.Contains(
                "`AllowHeldOut`",
                Assert.Throws<LumenException>(() => FolderPictures.List(new FolderSelection(_folder.File(name)))).Message,
                StringComparison.Ordinal
            );
            Assert.Equal(2, PictureFiles.ForFitting(_folder.File(name), allowHeldOut: true).Files.Count);
            Assert.Single(FolderPictures.List(new FolderSelection(_folder.File(name)) { AllowHeldOut = true }).Train);
        }
        Assert.Equal(2, PictureFiles.ForFitting(_folder.File("lumen-test-7")).Files.Count);
    }

    [Fact]
    public void Text_files_that_list_no_pictures_are_no_parts()
    {
        var tiny = new TinyDatasets(_folder.Path);
        tiny.Write("folders with lists");
        tiny.Text("training_log.txt", "epoch 1\n");
        tiny.Text("val_small.txt", TinyDatasets.NameOf("val", 1) + "\n");
        Assert.Equal(["train", "val", "val_small"], DatasetFormats.Open(_folder.Path).Splits);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _to.Dispose();
    }
}
