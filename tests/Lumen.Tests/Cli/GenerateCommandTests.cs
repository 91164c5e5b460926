using System.Text.Json.Nodes;
using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class GenerateCommandTests(CommandLine cli) : IClassFixture<CommandLine>
{
    [Fact]
    public void A_size_far_above_the_models_own_is_warned_of_and_an_ordinary_one_is_not()
    {
        var large = cli.Generate(cli.File("large"), "--width", "160", "--height", "128");
        Assert.True(large.Code == 0, large.Error);
        Assert.Contains("160 x 128 is 20 times the area", large.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("times the area", cli.Generate(cli.File("usual")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_and_a_contact_sheet_are_written_with_all_settings_inside()
    {
        var output = cli.File("out-all");
        var run = cli.Generate(output, "--num-images-per-prompt", "2", "--seed", "7", "--negative-prompt", "fog", "--components", "2");
        Assert.Equal((0, ""), (run.Code, Errors(run)));
        Assert.Equal(
            ["street-0.png", "street-1.png", "street-sheet.png"],
            Directory.EnumerateFiles(output).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
        var text = PngReader.ReadAllText(Path.Combine(output, "street-1.png"));
        Assert.StartsWith(
            "a street at night\nNegative prompt: fog\nSteps: 2, Sampler: DDIM, CFG scale: 3, Seed: "
                + $"{new RandomStream(7).SeedOf(1)}, Size: 32x32, Model hash: ",
            text["parameters"],
            StringComparison.Ordinal
        );
        Assert.Contains("Model: tiny", text["parameters"], StringComparison.Ordinal);
        var settings = JsonNode.Parse(text["lumen"])!;
        Assert.Equal(
            (7, 1, 2, 4),
            ((int)settings["seed"]!, (int)settings["item"]!, (int)settings["components"]!, (int)settings["basis_components"]!)
        );
        Assert.Equal("street.png", (string?)settings["reference"]!["file_name"]);
        Assert.DoesNotContain(Path.GetTempPath().TrimEnd('/'), text["lumen"] + text["parameters"], StringComparison.Ordinal);
        Assert.NotEqual(
            PictureReader.Read(Path.Combine(output, "street-0.png")).Rgb,
            PictureReader.Read(Path.Combine(output, "street-1.png")).Rgb
        );
        Assert.Contains("layout agreement", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clip_adds_how_far_pictures_obey_and_a_picture_with_that_is_made_again_without_it()
    {
        var clip = TinyModels.WriteClip(cli.File("clip"));
        File.WriteAllText(Path.Combine(clip, "phrases.toml"), "[time]\nphrases = [\"by day\", \"at night\"]\n");
        var run = cli.Generate(cli.File("obeyed"), "--clip", clip);
        Assert.True(run.Code == 0, run.Error);
        Assert.Matches(@"layout agreement -?\d\.\d+, obedience \d\.\d\d \(time \d\.\d\d", run.Output);
        var file = cli.File("obeyed/street-0.png");
        var group = JsonNode.Parse(PngReader.ReadAllText(file)["lumen"])!["obedience"]!["groups"]![0]!;
        Assert.Equal(("time", "at night"), ((string?)group["group"], (string?)group["phrase"]));
        Assert.NotNull(group["reference"]);
        var again = CommandLine.Run("reproduce", file, "--model", cli.Model);
        Assert.Contains("byte for byte", again.Output, StringComparison.Ordinal);

        var json = JsonNode.Parse(cli.Generate(cli.File("obeyed-json"), "--clip", clip, "--json").Output)!;
        Assert.Equal((double)json["pictures"]![0]!["obedience"]!["score"]!, (double)json["prompt_obedience"]!, 1e-4);
        Assert.DoesNotContain("obedience", cli.Generate(cli.File("no-clip")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("obedience", cli.Generate(cli.File("none"), "--clip", "none").Output, StringComparison.Ordinal);
        var bare = cli.Generate(cli.File("bare"), "--phrases", Path.Combine(clip, "phrases.toml"));
        Assert.Equal(2, bare.Code);
        Assert.Contains("Give --clip one", bare.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Underscores_and_hyphens_name_the_same_option_and_a_seed_gives_the_same_picture()
    {
        Assert.Equal(0, cli.Generate(cli.File("hyphens"), "--guidance-scale", "2", "--controlnet-conditioning-scale=0.5").Code);
        Assert.Equal(0, cli.Generate(cli.File("underscores"), "--guidance_scale", "2", "--controlnet_conditioning_scale=0.5").Code);
        Assert.Equal(File.ReadAllBytes(cli.File("hyphens/street-0.png")), File.ReadAllBytes(cli.File("underscores/street-0.png")));
    }

    [Fact]
    public void The_models_own_scheduler_runs_unless_another_is_named()
    {
        var model = TinyModels.Write(cli.File("dpm"));
        var path = Path.Combine(model, "scheduler", "scheduler_config.json");
        File.WriteAllText(
            path,
            File.ReadAllText(path)
                .Replace(
                    "\"DDIMScheduler\"",
                    "\"DPMSolverMultistepScheduler\", \"use_karras_sigmas\": true, \"lambda_min_clipped\": -Infinity",
                    StringComparison.Ordinal
                )
        );
        var own = Sampled("own", ["--model", model]);
        Assert.Equal(own.Rgb, Sampled("class", ["--model", model, "--scheduler", "DPMSolverMultistepScheduler"]).Rgb);
        Assert.Equal(own.Rgb, Sampled("short", ["--scheduler", "dpmpp_2m_karras"]).Rgb);
        Assert.NotEqual(own.Rgb, Sampled("ddim", []).Rgb);
        Assert.NotEqual(own.Rgb, Sampled("pndm", ["--scheduler", "pndm"]).Rgb);
        Assert.NotEqual(own.Rgb, Sampled("plain", ["--scheduler", "dpmpp_2m"]).Rgb);
        var text = PngReader.ReadAllText(cli.File("short/street-0.png"));
        Assert.Contains("Sampler: DPM++ 2M, Schedule type: Karras,", text["parameters"], StringComparison.Ordinal);
        Assert.Equal(
            "DPMSolverMultistepScheduler",
            (string?)JsonNode.Parse(PngReader.ReadAllText(cli.File("own/street-0.png"))["lumen"])!["scheduler"]
        );
    }

    [Fact]
    public void Eta_adds_noise_that_the_seed_decides()
    {
        var noisy = Sampled("eta", ["--eta", "1"]);
        Assert.Equal(noisy.Rgb, Sampled("eta-again", ["--eta", "1"]).Rgb);
        Assert.NotEqual(noisy.Rgb, Sampled("eta-none", []).Rgb);
    }

    [Fact]
    public void A_picture_is_the_same_whatever_the_number_of_pictures()
    {
        Assert.Equal(0, cli.Generate(cli.File("one"), "--strength", "0.5").Code);
        Assert.Equal(0, cli.Generate(cli.File("three"), "--strength", "0.5", "--num-images-per-prompt", "3").Code);
        Assert.Equal(PictureReader.Read(cli.File("one/street-0.png")).Rgb, PictureReader.Read(cli.File("three/street-0.png")).Rgb);
    }

    [Fact]
    public void Any_size_is_accepted_and_the_result_has_it()
    {
        PngWriter.WriteRgb(cli.File("odd.png"), TinyModels.Scene(1, 45, 31));
        var run = CommandLine.Run(
            "generate",
            "--model",
            cli.Model,
            "--reference",
            cli.File("odd.png"),
            "--prompt",
            "fog",
            "--steps",
            "1",
            "--output-dir",
            cli.File("odd"),
            "--width",
            "45",
            "--height",
            "31"
        );
        Assert.Equal((0, ""), (run.Code, Errors(run)));
        var picture = PictureReader.Read(cli.File("odd/odd-0.png"));
        Assert.Equal((45, 31), (picture.Width, picture.Height));

        Assert.Equal(
            0,
            CommandLine
                .Run(
                    "generate",
                    "--model",
                    cli.Model,
                    "--reference",
                    cli.File("odd.png"),
                    "--prompt",
                    "fog",
                    "--steps",
                    "1",
                    "--output-dir",
                    cli.File("native")
                )
                .Code
        );
        picture = PictureReader.Read(cli.File("native/odd-0.png"));
        Assert.Equal((46, 32), (picture.Width, picture.Height));
    }

    [Fact]
    public void Json_goes_to_the_output_and_nothing_else_does()
    {
        var run = cli.Generate(cli.File("json"), "--json");
        var json = JsonNode.Parse(run.Output)!;
        Assert.Equal(cli.File("json/street-0.png"), (string?)json["pictures"]![0]!["file"]);
        Assert.InRange((double)json["layout_agreement"]!, -1, 1);
    }

    [Fact]
    public void A_stored_layout_gives_the_same_picture_as_its_reference()
    {
        var layout = cli.File("street.safetensors");
        Assert.Equal(0, CommandLine.Run("layout", "extract", "--model", cli.Model, "--reference", cli.Reference, "--output", layout).Code);
        var run = CommandLine.Run(
            "generate",
            "--model",
            cli.Model,
            "--layout",
            layout,
            "--prompt",
            "a street at night",
            "--steps",
            "2",
            "--output-dir",
            cli.File("stored")
        );
        Assert.Equal((0, ""), (run.Code, Errors(run)));
        Assert.Equal(0, cli.Generate(cli.File("direct")).Code);
        Assert.Equal(PictureReader.Read(cli.File("direct/street-0.png")).Rgb, PictureReader.Read(cli.File("stored/street-0.png")).Rgb);
    }

    [Fact]
    public void A_prompt_that_is_too_long_is_cut_with_a_warning_that_quotes_the_cut()
    {
        var words = string.Join(" ", Enumerable.Repeat("street", TinyModels.MaxTokens)) + " unicorn";
        var run = CommandLine.Run(
            "generate",
            "--model",
            cli.Model,
            "--reference",
            cli.Reference,
            "--prompt",
            words,
            "--steps",
            "1",
            "--output-dir",
            cli.File("long")
        );
        Assert.Equal(0, run.Code);
        Assert.Contains("warning: The prompt is longer than the 14 tokens", run.Error, StringComparison.Ordinal);
        Assert.Contains("unicorn\"", run.Error, StringComparison.Ordinal);
    }

    private Picture Sampled(string output, string[] more)
    {
        string[] model = more.Contains("--model") ? [] : ["--model", cli.Model];
        var run = CommandLine.Run([
            "generate",
            "--reference",
            cli.Reference,
            "--prompt",
            "a street at night",
            "--steps",
            "4",
            "--output-dir",
            cli.File(output),
            .. model,
            .. more,
        ]);
        Assert.Equal((0, ""), (run.Code, Errors(run)));
        return PictureReader.Read(cli.File($"{output}/street-0.png"));
    }

    // Progress also goes to the error stream.
    private static string Errors(CommandLine.Outcome run) =>
        string.Join(
            '\n',
            run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line =>
                    line.StartsWith("error", StringComparison.Ordinal)
                    || (line.StartsWith("warning", StringComparison.Ordinal) && !line.Contains(" few for ", StringComparison.Ordinal))
                    || line.StartsWith("This is a bug", StringComparison.Ordinal)
                )
        );
}
