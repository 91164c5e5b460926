using System.Text.RegularExpressions;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Cli;

/// <summary><c>lumen reproduce</c> on pictures of <c>lumen generate</c>.</summary>
public sealed class ReproduceGeneratedTests(CommandLine cli) : IClassFixture<CommandLine>
{
    [Fact]
    public void Any_picture_of_a_batch_is_made_again_byte_for_byte_and_its_own_seed_makes_it_alone()
    {
        var output = cli.File("batch");
        Assert.Equal(
            0,
            cli.Generate(
                output,
                "--num-images-per-prompt",
                "3",
                "--seed",
                "5",
                "--components",
                "3",
                "--control-guidance-end",
                "0.5",
                "--negative-prompt",
                "(fog:1.2)",
                "--width",
                "40"
            ).Code
        );
        foreach (var number in new[] { 0, 2 })
        {
            var again = CommandLine.Run("reproduce", Path.Combine(output, $"street-{number}.png"), "--model", cli.Model);
            Assert.True(again.Code == 0, again.Error + again.Output);
            Assert.Contains($"same     street-{number}.png again, byte for byte", again.Output, StringComparison.Ordinal);
        }
        var seeds = Enumerable
            .Range(0, 3)
            .Select(number =>
                Regex.Match(PngReader.ReadText(Path.Combine(output, $"street-{number}.png")).Parameters!, @"Seed: (\d+)").Groups[1].Value
            )
            .ToArray();
        Assert.Equal(3, seeds.Distinct().Count());
        Assert.Equal(
            0,
            cli.Generate(
                cli.File("alone"),
                "--seed",
                seeds[2],
                "--components",
                "3",
                "--control-guidance-end",
                "0.5",
                "--negative-prompt",
                "(fog:1.2)",
                "--width",
                "40"
            ).Code
        );
        Assert.Equal(Pixels(Path.Combine(output, "street-2.png")), Pixels(cli.File("alone/street-0.png")));
        Assert.NotEqual(Pixels(Path.Combine(output, "street-1.png")), Pixels(cli.File("alone/street-0.png")));
    }

    [Fact]
    public void A_picture_that_no_command_made_is_refused_by_what_it_lacks() =>
        Assert.Contains("holds no record of how lumen generate made it", Refused(cli.Reference), StringComparison.Ordinal);

    [Fact]
    public void What_differs_is_said()
    {
        var output = cli.File("changed");
        Assert.Equal(0, cli.Generate(output).Code);
        var path = Path.Combine(output, "street-0.png");
        var (picture, text) = (PictureReader.Read(path), PngReader.ReadText(path));
        var rgb = (byte[])picture.Rgb.Clone();
        rgb[0] ^= 3;
        PngWriter.WriteRgb(path, new Picture(picture.Width, picture.Height, rgb), text);
        var edited = CommandLine.Run("reproduce", path, "--model", cli.Model);
        Assert.Equal(2, edited.Code);
        Assert.Contains("1 of 1024 pixels differ", edited.Output, StringComparison.Ordinal);
        PngWriter.WriteRgb(path, picture, text with { Parameters = "as an older version wrote it" });
        var older = CommandLine.Run("reproduce", path, "--model", cli.Model, "--output", cli.File("again.png"));
        Assert.Equal(0, older.Code);
        Assert.Contains("again, pixel for pixel", older.Output, StringComparison.Ordinal);
        Assert.Equal(picture.Rgb, PictureReader.Read(cli.File("again.png")).Rgb);
    }

    [Fact]
    public void What_is_missing_or_another_is_named()
    {
        var output = cli.File("missing");
        Assert.Equal(0, cli.Generate(output).Code);
        var path = Path.Combine(output, "street-0.png");
        Assert.Contains(
            "was made with the model tiny, whose place a picture does not hold. Give it with --model",
            Refused(path),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "the model's weights (tiny, now other) were",
            Refused(path, "--model", TinyModels.Write(cli.File("other"), seed: 9)),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "is not the reference that the picture was made from",
            Refused(path, "--model", cli.Model, "--source", path),
            StringComparison.Ordinal
        );
        Assert.Contains("is the picture itself", Refused(path, "--model", cli.Model, "--output", path), StringComparison.Ordinal);
        Assert.Contains(
            "would be written over although it is the input",
            Refused(path, "--model", cli.Model, "--output", cli.Reference),
            StringComparison.Ordinal
        );
        File.CreateSymbolicLink(cli.File("link-to-it.png"), path);
        Assert.Contains(
            "would be written over although it is the input",
            Refused(path, "--model", cli.Model, "--output", cli.File("link-to-it.png")),
            StringComparison.Ordinal
        );
        var away = Path.Combine(Directory.CreateTempSubdirectory().FullName, "street-0.png");
        File.Copy(path, away);
        Assert.Contains(
            "The reference of this picture, street.png, is neither beside it",
            Refused(away, "--model", cli.Model),
            StringComparison.Ordinal
        );
        PngWriter.WriteRgb(away, TinyModels.Scene(0));
        Assert.Contains("there is no manifest.jsonl", Refused(away), StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(away)!, recursive: true);
    }

    private static string Refused(params string[] arguments)
    {
        var run = CommandLine.Run(["reproduce", .. arguments]);
        Assert.Equal((2, ""), (run.Code, run.Output));
        return run.Error;
    }

    private static byte[] Pixels(string path) => PictureReader.Read(path).Rgb;
}
