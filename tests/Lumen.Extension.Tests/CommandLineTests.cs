using System.Diagnostics;
using Lumen.Imaging;
using Lumen.Samples.Extension;
using Lumen.Testing;
using Xunit;

namespace Lumen.Extension.Tests;

/// <summary>The program in a process of its own, which loads the extension by its path.</summary>
public sealed class CommandLineTests(OutsideModel outside) : IClassFixture<OutsideModel>
{
    private static string Extension => typeof(SampleExtension).Assembly.Location;

    [Fact]
    public void Generate_takes_an_outside_sampler_and_an_adapter_with_an_outside_backbone()
    {
        var (weights, adapter, reference) = (outside.WriteBackbone("cli-grid"), outside.File("cli-adapter"), outside.File("street.png"));
        TinyModels.WriteAdapter(adapter, outside.Folder, backbone: weights, registry: OutsideModel.Registry);
        PngWriter.WriteRgb(reference, TinyModels.Scene(0));
        string[] words =
        [
            "generate",
            .. new[] { "--model", outside.Folder, "--adapter", adapter, "--backbone-weights", weights, "--reference", reference },
            .. new[] { "--prompt", "a street at night", "--steps", "2", "--dtype", "float32", "--scheduler", "lms" },
            .. new[] { "--output-dir", outside.File("cli-out") },
        ];
        var run = Run([.. words, "--extension", Extension]);
        Assert.True(run.Code == 0, run.Error);
        Assert.True(File.Exists(outside.File("cli-out/street-0.png")));
        var without = Run(words);
        Assert.Equal(2, without.Code);
        Assert.Contains("--scheduler must be ddim", without.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_check_and_condition_know_the_types_of_an_extension()
    {
        var folder = outside.File("cli-pairs");
        Directory.CreateDirectory(Path.Combine(folder, "x"));
        PngWriter.WriteRgb(Path.Combine(folder, "x", "a.png"), TinyModels.Scene(1));
        PngWriter.WriteGray8(Path.Combine(folder, "x", "b.png"), 32, 32, new byte[32 * 32]);
        File.WriteAllText(Path.Combine(folder, "train.pairs"), "x/a.png\tx/b.png\n");
        var check = Run(["data", "info", folder, "--format", "pairs", "--extension", Extension]);
        Assert.True(check.Code == 0, check.Error);
        Assert.Contains("pairs", check.Output, StringComparison.Ordinal);

        var drawn = outside.File("blurred.png");
        var picture = Path.Combine(folder, "x", "a.png");
        var condition = Run(["condition", picture, "--kind", "blur", "--output", drawn, "--extension", Extension]);
        Assert.True(condition.Code == 0, condition.Error);
        Assert.Equal(new BlurCondition(2).Read(new(TinyModels.Scene(1))).ToPicture().Rgb, PictureReader.Read(drawn).Rgb);
    }

    [Theory]
    [InlineData("nowhere.dll", "There is no extension at nowhere.dll")]
    [InlineData("Lumen.Files.dll", "adds nothing")]
    public void What_is_no_extension_is_refused(string file, string sentence)
    {
        var given = file == "nowhere.dll" ? file : Path.Combine(AppContext.BaseDirectory, file);
        var run = Run(["data", "info", outside.Folder, "--extension", given]);
        Assert.Equal(2, run.Code);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Run(IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Lumen.Cli.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["OMP_NUM_THREADS"] = "1";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
