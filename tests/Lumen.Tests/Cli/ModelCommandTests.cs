using System.Text.Json;
using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Tests.Hub;
using Lumen.Tests.Pretrained;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class ModelCommandTests(CommandLine cli) : IClassFixture<CommandLine>
{
    private static readonly string Pipeline = Golden.Folder("sd/pipeline");

    [Fact]
    public void Info_tells_people_and_programs_what_a_model_is()
    {
        var text = CommandLine.Run("model", "info", cli.Model);
        Assert.Equal((0, ""), (text.Code, text.Error));
        Assert.Contains("kind          Stable Diffusion model, diffusers folder", text.Output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(CommandLine.Run("model", "info", cli.Model, "--json").Output);
        Assert.Equal(0, json.RootElement.GetProperty("missing").GetArrayLength());
        Assert.Equal("BF16", json.RootElement.GetProperty("parts")[0].GetProperty("dtypes")[0].GetString());
    }

    [Fact]
    public void A_single_file_gives_the_layouts_of_its_folder()
    {
        var (file, basis) = (cli.File("single.safetensors"), cli.File("basis"));
        OriginalFiles.WritePipeline(file, Pipeline);
        Assert.Equal(0, CommandLine.Run("model", "info", file, "--config", Pipeline).Code);
        var images = Directory.CreateDirectory(cli.File("images")).FullName;
        File.Copy(cli.Reference, Path.Combine(images, "street.png"));
        var fit = CommandLine.Run(
            "layout",
            "fit",
            "--images",
            images,
            "--model",
            file,
            "--config",
            Pipeline,
            "--layer",
            "up_blocks[0]",
            "--components",
            "3",
            "--output-dir",
            basis
        );
        Assert.True(fit.Code == 0, fit.Error);
        Assert.Equal(
            0,
            CommandLine
                .Run(
                    "layout",
                    "fit",
                    "--images",
                    images,
                    "--model",
                    Pipeline,
                    "--layer",
                    "up_blocks[0]",
                    "--components",
                    "3",
                    "--output-dir",
                    cli.File("basis-folder")
                )
                .Code
        );
        Assert.Equal(File.ReadAllBytes(cli.File("basis-folder/layouts.png")), File.ReadAllBytes(cli.File("basis/layouts.png")));
    }

    [Fact]
    public void A_single_file_and_an_original_controlnet_make_the_picture_of_their_folders()
    {
        var (file, control) = (cli.File("original/single.safetensors"), cli.File("original-control/control_tiny.safetensors"));
        foreach (var path in new[] { file, control })
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        OriginalFiles.WritePipeline(file, Pipeline);
        OriginalFiles.WriteControlNet(control, Path.Combine(Pipeline, "controlnet"));
        // these sizes are not Stable Diffusion's
        File.Copy(Path.Combine(Pipeline, "controlnet", "config.json"), cli.File("original-control/config.json"));
        var expected = Generate("from-folders", "--model", Pipeline, "--adapter", Path.Combine(Pipeline, "controlnet"));
        Assert.Equal(expected, Generate("from-files", "--model", file, "--config", Pipeline, "--adapter", control));

        byte[] Generate(string output, params string[] more)
        {
            var run = CommandLine.Run([
                "generate",
                "--condition-image",
                cli.Reference,
                "--prompt",
                "a street",
                "--steps",
                "2",
                "--dtype",
                "float32",
                "--output-dir",
                cli.File(output),
                .. more,
            ]);
            Assert.True(run.Code == 0, run.Error);
            return PictureReader.Read(cli.File($"{output}/street-0.png")).Rgb;
        }
    }

    [Theory]
    [InlineData("no/such/model", "There is neither a file nor a folder at no/such/model")]
    [InlineData("tests", "holds no weights")]
    public void Info_on_nothing_is_refused(string path, string sentence)
    {
        var (code, _, error) = CommandLine.Run("model", "info", path == "tests" ? Path.Combine(Golden.Repository, path) : path);
        Assert.Equal(2, code);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_files_in_a_folder_are_listed()
    {
        var folder = Directory.CreateDirectory(cli.File("several")).FullName;
        foreach (var name in new[] { "a.safetensors", "b.safetensors" })
            EmptyWeights.Write(Path.Combine(folder, name), [("x", [1])]);
        var (code, _, error) = CommandLine.Run("model", "info", folder);
        Assert.Equal(2, code);
        Assert.Contains(
            "holds 2 files of weights and no model_index.json. Give one of them: a.safetensors, b.safetensors.",
            error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_single_file_model_without_its_tokenizer_is_refused_with_the_option_named()
    {
        var file = cli.File("bare/single.safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        OriginalFiles.WritePipeline(file, Pipeline);
        var configs = OriginalFiles.Copy(Pipeline, cli.File("configs"));
        Directory.Delete(Path.Combine(configs, "tokenizer"), recursive: true);
        var (code, _, error) = CommandLine.Run(
            "generate",
            "--model",
            file,
            "--config",
            configs,
            "--reference",
            cli.Reference,
            "--prompt",
            "x",
            "--adapter",
            cli.Model
        );
        Assert.Equal(2, code);
        Assert.Contains("Give --tokenizer a folder with vocab.json and merges.txt", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pulled_model_is_used_by_its_name()
    {
        using var hub = new FakeHub("org/tiny");
        foreach (var path in Directory.EnumerateFiles(cli.Model, "*", SearchOption.AllDirectories))
            hub.Files[Path.GetRelativePath(cli.Model, path).Replace('\\', '/')] = File.ReadAllBytes(path);
        var cache = cli.File("hub-cache");
        var (code, output, error) = CommandLine.Run(
            "model",
            "pull",
            "org/tiny",
            "--endpoint",
            hub.Endpoint.ToString(),
            "--cache-dir",
            cache
        );
        Assert.Equal(0, code);
        Assert.Contains("pulled   org/tiny at 0123456789:", output, StringComparison.Ordinal);
        Assert.Contains("MB", error, StringComparison.Ordinal);
        WithCache(
            cache,
            () =>
            {
                var info = CommandLine.Run("model", "info", "org/tiny");
                Assert.Equal(0, info.Code);
                Assert.Contains("name          org/tiny", info.Output, StringComparison.Ordinal);
                var result = CommandLine.Run(
                    "generate",
                    "--model",
                    "org/tiny",
                    "--reference",
                    cli.Reference,
                    "--prompt",
                    "a street at night",
                    "--steps",
                    "2",
                    "--output-dir",
                    cli.File("from-hub")
                );
                Assert.Equal(0, result.Code);
                Assert.Equal(0, cli.Generate(cli.File("from-folder")).Code);
                Assert.Equal(
                    PictureReader.Read(cli.File("from-folder/street-0.png")).Rgb,
                    PictureReader.Read(cli.File("from-hub/street-0.png")).Rgb
                );
                var missing = CommandLine.Run("model", "info", "org/other");
                Assert.Equal(2, missing.Code);
                Assert.Contains(
                    "has no model org/other. Fetch it once with: lumen model pull org/other",
                    missing.Error,
                    StringComparison.Ordinal
                );
            }
        );
    }

    [Theory]
    [InlineData("just-a-name", "is not the name of a model of the hub. Expected ORG/NAME or ORG/NAME@REVISION.")]
    [InlineData("org/name --endpoint nonsense", "--endpoint must be the address of the hub or of a mirror")]
    [InlineData("org/name --endpoint ftp://localhost", "--endpoint must be the address of the hub or of a mirror")]
    [InlineData("org/name --offline --cache-dir nowhere", "org/name is not in the hub's cache (nowhere), and connections are switched off")]
    public void A_pull_that_cannot_be_is_refused(string arguments, string sentence)
    {
        var (code, _, error) = CommandLine.Run(["model", "pull", .. arguments.Split(' ')]);
        Assert.Equal(2, code);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Convert_writes_a_folder_that_generates()
    {
        var (file, folder) = (cli.File("to-convert.safetensors"), cli.File("converted"));
        OriginalFiles.WritePipeline(file, Pipeline);
        var (code, output, error) = CommandLine.Run(
            "model",
            "convert",
            file,
            "--config",
            Pipeline,
            "--output-dir",
            folder,
            "--dtype",
            "bf16"
        );
        Assert.Equal(0, code);
        Assert.Contains("model_index.json", output, StringComparison.Ordinal);
        Assert.Contains("warning: Adapters and bases are bound to the files of their model", error, StringComparison.Ordinal);
        Assert.Contains("missing", CommandLine.Run("model", "info", folder, "--json").Output, StringComparison.Ordinal);
        Assert.Equal(2, CommandLine.Run("model", "convert", file, "--config", Pipeline, "--output-dir", folder).Code);
    }

    // The environment belongs to the whole process; no other test asks the cache for a name.
    private static void WithCache(string cache, Action act)
    {
        var before = Environment.GetEnvironmentVariable("HF_HUB_CACHE");
        try
        {
            Environment.SetEnvironmentVariable("HF_HUB_CACHE", cache);
            act();
        }
        finally
        {
            Environment.SetEnvironmentVariable("HF_HUB_CACHE", before);
        }
    }
}
