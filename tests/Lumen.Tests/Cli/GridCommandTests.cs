using System.Text.Json.Nodes;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class GridCommandTests(CommandLine cli) : IClassFixture<CommandLine>
{
    [Fact]
    public void Prompts_are_rows_and_a_setting_is_the_columns_and_every_picture_is_the_one_that_generate_makes()
    {
        var output = cli.File("prompts");
        var run = Grid(output, ["--prompt", "a street at night", "--prompt", "a street by day", "--vary", "components=1,4", "--seed", "3"]);
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(
            ["grid-0-0.png", "grid-0-1.png", "grid-1-0.png", "grid-1-1.png", "grid.png"],
            Directory.EnumerateFiles(output).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
        var settings = JsonNode.Parse(PngReader.ReadAllText(cli.File("prompts/grid-1-0.png"))["lumen"])!;
        Assert.Equal(("a street by day", 1, 3), ((string?)settings["prompt"], (int)settings["components"]!, (int)settings["seed"]!));
        Assert.Equal("street.png", (string?)settings["reference"]!["file_name"]);

        var alone = cli.Generate(cli.File("alone"), "--components", "1", "--seed", "3");
        Assert.True(alone.Code == 0, alone.Error);
        Assert.Equal(PictureReader.Read(cli.File("alone/street-0.png")).Rgb, PictureReader.Read(cli.File("prompts/grid-0-0.png")).Rgb);
        var again = CommandLine.Run("reproduce", cli.File("prompts/grid-1-1.png"), "--model", cli.Model);
        Assert.Contains("byte for byte", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void References_have_a_row_each_and_stand_before_it_and_a_single_row_shows_the_layout_too()
    {
        var second = cli.File("second.png");
        PngWriter.WriteRgb(second, TinyModels.Scene(1));
        string[] prompts = ["--prompt", "a street at night", "--prompt", "a street by day", "--prompt", "a street in fog"];
        var several = Grid(cli.File("references"), ["--reference", second, .. prompts]);
        Assert.True(several.Code == 0, several.Error);
        Assert.Equal(6 + 1, Directory.GetFiles(cli.File("references")).Length);
        var sheet = PictureReader.Read(cli.File("references/grid.png"));
        Assert.InRange(sheet.Width, 4 * 32, 4 * 32 + 5 * 8);

        var one = Grid(cli.File("strip"), ["--prompt", "a street", "--vary", "guidance-scale=1,3", "--vary", "steps=1"]);
        Assert.True(one.Code == 0, one.Error);
        Assert.Equal(sheet.Width, PictureReader.Read(cli.File("strip/grid.png")).Width); // reference, layout, two results
        var settings = JsonNode.Parse(PngReader.ReadAllText(cli.File("strip/grid-0-1.png"))["lumen"])!;
        Assert.Equal((3.0, 1), ((double)settings["guidance_scale"]!, (int)settings["num_inference_steps"]!));
    }

    [Theory]
    [InlineData("but none has", "--prompt", "a")]
    [InlineData(
        "--prompt, --vary components, --vary eta have",
        "--prompt",
        "a",
        "--prompt",
        "b",
        "--vary",
        "components=1,2",
        "--vary",
        "eta=0,1"
    )]
    [InlineData("--vary components is varied twice", "--prompt", "a", "--vary", "components=1,2", "--vary", "components=3,4")]
    [InlineData("--vary must be NAME=A,B", "--prompt", "a", "--vary", "components")]
    [InlineData("--vary knows negative-prompt, seed", "--prompt", "a", "--vary", "colour=red,blue")]
    [InlineData("must hold a whole number in every cell but has \"few\"", "--prompt", "a", "--vary", "components=few,2")]
    [InlineData("--guidance-scale must be 1 to 50 but is 0.5", "--prompt", "a", "--vary", "guidance-scale=0.5,2")]
    [InlineData("100 layout components were asked for", "--prompt", "a", "--vary", "components=1,100")]
    [InlineData("The sampler \"best\" is not supported", "--prompt", "a", "--vary", "scheduler=ddim,best")]
    [InlineData("needs at least one --reference PICTURE and one --prompt TEXT", "--vary", "components=1,2")]
    public void What_makes_no_grid_is_refused_before_anything_is_written(string sentence, params string[] arguments)
    {
        var run = Grid(cli.File("refused"), arguments);
        Assert.Equal(2, run.Code);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cli.File("refused")));
    }

    private CommandLine.Outcome Grid(string output, string[] more) =>
        CommandLine.Run(["grid", "--model", cli.Model, "--reference", cli.Reference, "--steps", "2", "--output-dir", output, .. more]);
}
