using System.Diagnostics;
using Lumen.Core.Checkpoints;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Cli;

/// <summary>Whatever the user gives: a sentence on the error stream, exit code 2, nothing half written.</summary>
public sealed class BadInputTests(CommandLine cli) : IClassFixture<CommandLine>
{
    [Fact]
    public void A_missing_picture_is_refused() => Refused("does not exist", ["--reference", cli.File("nowhere.png")]);

    [Fact]
    public void An_empty_picture_is_refused()
    {
        File.WriteAllBytes(cli.File("empty.png"), []);
        Refused("is empty (0 bytes)", ["--reference", cli.File("empty.png")]);
    }

    [Fact]
    public void A_file_that_is_no_picture_is_refused()
    {
        File.WriteAllText(cli.File("text.png"), "not a picture");
        Refused("is not a picture that can be read", ["--reference", cli.File("text.png")]);
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4265\n", "it is a git-LFS pointer")]
    [InlineData("<!DOCTYPE html><html><body>404</body></html>", "it is a web page")]
    public void A_file_that_only_stands_for_a_picture_is_named(string content, string what)
    {
        File.WriteAllText(cli.File("stands.png"), content);
        Refused(what, ["--reference", cli.File("stands.png")]);
    }

    [Fact]
    public void More_pictures_than_a_sheet_holds_are_refused_before_anything_is_made() =>
        Refused(
            "--num-images-per-prompt must be 1 to 10000 but is 100000000",
            ["--reference", cli.Reference, "--num-images-per-prompt", "100000000"]
        );

    [Fact]
    public void A_folder_instead_of_a_picture_is_refused() => Refused("is a folder, but a picture is expected", ["--reference", cli.Model]);

    [Fact]
    public void An_unknown_model_is_refused() =>
        Refused("There is no model folder at", ["--reference", cli.Reference, "--model", cli.File("no-model")]);

    [Fact]
    public void A_folder_that_is_no_model_is_refused()
    {
        Directory.CreateDirectory(cli.File("other"));
        Refused(
            "is not a diffusers model: it has no model_index.json",
            ["--reference", cli.Reference, "--model", cli.File("other"), "--adapter", cli.File("tiny/controlnet")]
        );
    }

    [Fact]
    public void An_unknown_adapter_is_refused() =>
        Refused("There is no adapter folder at", ["--reference", cli.Reference, "--adapter", cli.File("no-adapter")]);

    [Theory]
    [InlineData("5", "5 layout components were asked for, but the basis has 1 to 4")]
    [InlineData("0", "--components must be 1 or more but is 0")]
    [InlineData("many", "--components must be a whole number but is \"many\"")]
    public void More_components_than_the_basis_has_are_refused(string components, string sentence) =>
        Refused(sentence, ["--reference", cli.Reference, "--components", components]);

    [Theory]
    [InlineData("--strength", "2.5", "--strength must be 0 to 2 but is 2.5")]
    [InlineData("--strength", "-1", "--strength must be 0 to 2 but is -1")]
    [InlineData("--guidance-scale", "0.5", "--guidance-scale must be 1 to 50 but is 0.5")]
    [InlineData("--guidance-scale", "NaN", "--guidance-scale must be a number but is \"NaN\"")]
    [InlineData("--control-guidance-start", "1.5", "must be 0 to 1 in this order")]
    [InlineData("--steps", "0", "--steps must be 1 to 1000 but is 0")]
    [InlineData("--num-images-per-prompt", "0", "--num-images-per-prompt must be 1 to 10000 but is 0")]
    [InlineData("--width", "0", "--width must be 1 to 4096 but is 0")]
    [InlineData("--height", "100000", "--height must be 1 to 4096 but is 100000")]
    [InlineData("--seed", "-3", "--seed must be a whole number of 0 or more but is \"-3\"")]
    [InlineData("--scheduler", "heun", "--scheduler must be ddim, ddpm, pndm, euler, euler_karras")]
    [InlineData("--eta", "1.5", "--eta must be 0 to 1 but is 1.5")]
    [InlineData("--dtype", "float16", "--dtype must be auto, float32 or bfloat16 but is \"float16\"")]
    public void Values_out_of_range_are_refused(string option, string value, string sentence) =>
        Refused(sentence, ["--reference", cli.Reference, option, value]);

    [Theory]
    [InlineData("lcm", "51", "LCM takes 1 to 50 steps")]
    [InlineData("pndm", "1", "PNDM needs at least")]
    [InlineData("dpmpp_2m", "1000", "Take fewer steps")]
    public void Steps_that_a_sampler_cannot_make_are_refused(string sampler, string steps, string sentence) =>
        Refused(sentence, ["--reference", cli.Reference, "--scheduler", sampler, "--steps", steps]);

    [Fact]
    public void Eta_without_ddim_is_refused() =>
        Refused("acts in ddim only, not in euler", ["--reference", cli.Reference, "--scheduler", "euler", "--eta", "0.5"]);

    [Fact]
    public void A_models_own_scheduler_that_is_not_here_is_refused_unless_another_is_chosen()
    {
        var model = TinyModels.Write(cli.File("heun"));
        var path = Path.Combine(model, "scheduler", "scheduler_config.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("DDIMScheduler", "HeunDiscreteScheduler", StringComparison.Ordinal));
        Refused(
            "The model's own scheduler HeunDiscreteScheduler is not supported. Choose one with --scheduler: ddim",
            ["--reference", cli.Reference, "--model", model]
        );
        Assert.Equal(
            0,
            CommandLine
                .Run(
                    "generate",
                    "--model",
                    model,
                    "--reference",
                    cli.Reference,
                    "--prompt",
                    "fog",
                    "--steps",
                    "1",
                    "--output-dir",
                    cli.File("chosen"),
                    "--scheduler",
                    "euler"
                )
                .Code
        );
    }

    [Fact]
    public void Neither_reference_nor_layout_is_refused() => Refused("Give either --reference PICTURE or --layout FILE", []);

    [Fact]
    public void A_stored_layout_of_another_basis_is_refused()
    {
        var other = TinyModels.Write(cli.File("other-basis"), seed: 3);
        Assert.Equal(
            0,
            CommandLine
                .Run("layout", "extract", "--model", other, "--reference", cli.Reference, "--output", cli.File("foreign.safetensors"))
                .Code
        );
        Refused(
            "The neural layout does not belong to this basis (layout against basis: weights",
            ["--layout", cli.File("foreign.safetensors")]
        );
    }

    [Fact]
    public void An_adapter_of_another_base_is_refused()
    {
        var other = TinyModels.Write(cli.File("other-base"), seed: 2);
        Refused("was trained on other-base", ["--reference", cli.Reference, "--adapter", Path.Combine(other, "controlnet")]);
    }

    [Fact]
    public void A_model_with_a_missing_and_a_misshaped_key_is_refused_with_both_named()
    {
        var model = TinyModels.Write(cli.File("broken"));
        var path = Path.Combine(model, "unet", "diffusion_pytorch_model.safetensors");
        using (var scope = NewDisposeScope())
        {
            Dictionary<string, Tensor> weights;
            using (var file = SafetensorsFile.Open(path))
                weights = file.Entries.Keys.ToDictionary(name => name, name => file.Read(name), StringComparer.Ordinal);
            weights.Remove("conv_out.bias");
            weights["conv_in.weight"] = zeros(8, 5, 3, 3);
            SafetensorsWriter.Write(path, weights);
        }
        var error = Refused("does not fit UNet2DConditionModel", ["--reference", cli.Reference, "--model", model]);
        Assert.Contains("conv_out.bias", error, StringComparison.Ordinal);
        Assert.Contains("conv_in.weight: model [8, 4, 3, 3], file [8, 5, 3, 3]", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pickle_is_refused()
    {
        var model = TinyModels.Write(cli.File("pickled"));
        File.Move(
            Path.Combine(model, "unet", "diffusion_pytorch_model.safetensors"),
            Path.Combine(model, "unet", "diffusion_pytorch_model.bin")
        );
        Refused("is a pickle", ["--reference", cli.Reference, "--model", model]);
    }

    [Fact]
    public void A_model_without_a_part_is_refused()
    {
        var model = TinyModels.Write(cli.File("partial"));
        Directory.Delete(Path.Combine(model, "vae"), recursive: true);
        Refused("vae/config.json", ["--reference", cli.Reference, "--model", model]);
    }

    [Fact]
    public void An_output_folder_that_cannot_be_made_is_refused()
    {
        File.WriteAllText(cli.File("taken"), "");
        var run = cli.Generate(cli.File("taken"));
        Assert.Equal(2, run.Code);
        Assert.Contains("cannot be made or written", run.Error, StringComparison.Ordinal);
        Assert.Equal("", File.ReadAllText(cli.File("taken")));
    }

    [Fact]
    public void A_disk_that_is_full_is_named_and_no_file_is_half_written()
    {
        var output = Directory.CreateDirectory(cli.File("small-disk")).FullName;
        using var disk = SmallDisk.TryMount(output, 32 << 10);
        if (disk is null)
            Assert.Skip("A small disk cannot be mounted here: that needs Linux and its administrator.");
        var run = cli.Generate(output, "--num-images-per-prompt", "2");
        Assert.Equal(2, run.Code);
        Assert.StartsWith(
            "error: Cannot write ",
            run.Error[run.Error.IndexOf("error: ", StringComparison.Ordinal)..],
            StringComparison.Ordinal
        );
        Assert.All(
            Directory.EnumerateFiles(output),
            file => Assert.Equal((TinyModels.Size, TinyModels.Size), (PictureReader.Read(file).Width, PictureReader.Read(file).Height))
        );
    }

    [Fact]
    public void Stopping_ends_with_130_and_leaves_no_file()
    {
        var output = cli.File("stopped");
        var run = CommandLine.Run(
            new StringWriter(),
            new CancellationToken(canceled: true),
            "generate",
            "--model",
            cli.Model,
            "--reference",
            cli.Reference,
            "--prompt",
            "fog",
            "--steps",
            "3",
            "--output-dir",
            output
        );
        Assert.Equal(130, run.Code);
        Assert.Contains("Stopped.", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(output)); // it stops while the model is loaded, before there is a folder
    }

    [Theory]
    [InlineData("generat")]
    [InlineData("generate", "--promt", "x")]
    [InlineData("layout")]
    [InlineData("generate", "--prompt")]
    public void Unknown_verbs_and_options_are_refused_with_a_hint(params string[] arguments)
    {
        var run = CommandLine.Run(arguments);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains("--help", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "completion tcsh",
        "Unrecognized command or argument 'tcsh'. Give one of bash, zsh, fish, pwsh. See: lumen completion --help"
    )]
    [InlineData("generat", "Unrecognized command or argument 'generat'. Did you mean generate? See: lumen --help")]
    [InlineData("layout", "Give one of fit, extract,")]
    public void A_word_in_the_place_of_a_command_is_what_is_at_fault(string line, string sentence)
    {
        var run = CommandLine.Run(line.Split(' '));
        Assert.StartsWith($"error: {sentence}", run.Error, StringComparison.Ordinal);
    }

    private string Refused(string sentence, string[] arguments)
    {
        var output = cli.File($"refused-{Guid.NewGuid():N}");
        string[] model = arguments.Contains("--model") ? [] : ["--model", cli.Model];
        string[] steps = arguments.Contains("--steps") ? [] : ["--steps", "1"];
        var run = CommandLine.Run(["generate", "--prompt", "a street", .. steps, "--output-dir", output, .. model, .. arguments]);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any());
        return run.Error;
    }
}
