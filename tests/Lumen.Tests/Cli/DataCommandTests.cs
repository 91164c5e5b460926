using System.Text.Json.Nodes;
using Lumen.Testing;
using Lumen.Tests.Datasets;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class DataCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void A_sound_data_set_ends_with_0()
    {
        var run = CommandLine.Run("data", "check", new TinyDatasets(_folder.Path).Write("cityscapes"));
        Assert.Equal(0, run.Code);
        Assert.Contains("cityscapes: 5 pictures and 20 label files in train, val", run.Output, StringComparison.Ordinal);
        Assert.Contains("sound: nothing is wrong", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Faults_end_with_2_and_say_what_to_do()
    {
        new TinyDatasets(_folder.Path).Write("folders");
        File.Delete(Directory.EnumerateFiles(_folder.File("labels/train")).Order(StringComparer.Ordinal).First());
        var run = CommandLine.Run("data", "check", _folder.Path);
        Assert.Equal(2, run.Code);
        Assert.Contains("missing label (1), first: images/train/straße train 0.png has no label", run.Output, StringComparison.Ordinal);
        Assert.Contains("Put the label file there", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Output + run.Error, StringComparison.Ordinal);

        var json = JsonNode.Parse(CommandLine.Run("data", "check", _folder.Path, "--json").Output)!;
        Assert.Equal(
            ("missing_label", 1, false),
            ((string?)json["faults"]![0]!["kind"], (int)json["faults"]![0]!["count"]!, (bool)json["sound"]!)
        );
    }

    [Fact]
    public void Numbers_sizes_and_classes_are_told()
    {
        new TinyDatasets(_folder.Path).Write("imagefolder");
        var run = CommandLine.Run("data", "info", _folder.Path);
        Assert.Equal(0, run.Code);
        Assert.Contains("train    3 pictures, 3 with a caption", run.Output, StringComparison.Ordinal);
        Assert.Contains("sizes  20 x 12 (3)", run.Output, StringComparison.Ordinal);
        Assert.Contains("road", run.Output, StringComparison.Ordinal);
        var json = JsonNode.Parse(CommandLine.Run("data", "info", _folder.Path, "--json").Output)!;
        Assert.Equal((2, 20), ((int)json["splits"]![1]!["items"]!, (int)json["splits"]![0]!["sizes"]![0]!["width"]!));
        Assert.Equal(1.0, json["pixel_shares"]!.AsObject().Sum(pair => (double)pair.Value!), 4);
    }

    [Fact]
    public void Rendered_scenes_are_a_sound_data_set()
    {
        Assert.Equal(
            0,
            CommandLine.Run("scenes", "render", "--count", "2", "--width", "40", "--height", "24", "--output-dir", _folder.Path).Code
        );
        var run = CommandLine.Run("data", "check", _folder.Path);
        Assert.Equal(0, run.Code);
        Assert.Contains("imagefolder: 2 pictures and 8 label files in train", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("The data set format \"tfrecord\" is not known", "--format", "tfrecord")]
    [InlineData("is laid out in no way that is known")]
    public void A_folder_that_cannot_be_understood_is_refused(string sentence, params string[] more)
    {
        var run = CommandLine.Run(["data", "info", _folder.Path, .. more]);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_refused()
    {
        var run = CommandLine.Run("data", "check", _folder.File("nowhere"));
        Assert.Equal(2, run.Code);
        Assert.Contains("There is no data set at", run.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
