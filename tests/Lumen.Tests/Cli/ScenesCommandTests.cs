using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class ScenesCommandTests
{
    [Fact]
    public void Scenes_are_rendered_with_a_contact_sheet()
    {
        using var folder = new TempFolder();
        var run = CommandLine.Run(
            "scenes",
            "render",
            "--count",
            "3",
            "--seed",
            "5",
            "--split",
            "validation",
            "--width",
            "32",
            "--height",
            "24",
            "--output-dir",
            folder.File("streets")
        );
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(3, File.ReadLines(folder.File("streets/validation/metadata.jsonl")).Count());
        Assert.True(File.Exists(folder.File("streets/validation/depth/000002.png")));
        Assert.True(File.Exists(folder.File("streets/sheet-validation.png")));
    }

    [Theory]
    [InlineData("--count", "0", "--count must be 1 or more but is 0")]
    [InlineData("--width", "9000", "--width and --height must be 1 to 8192 but are 9000 and 128")]
    [InlineData("--split", "all", "--split must be train, validation or test but is \"all\"")]
    public void Impossible_scenes_are_refused(string option, string value, string sentence)
    {
        using var folder = new TempFolder();
        string[] count = option == "--count" ? [] : ["--count", "1"];
        var run = CommandLine.Run(["scenes", "render", .. count, option, value, "--output-dir", folder.File("streets")]);
        Assert.Equal(2, run.Code);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("streets")));
    }
}
