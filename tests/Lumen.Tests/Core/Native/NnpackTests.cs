using System.Diagnostics;
using Lumen.Core.Native;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Native;

public sealed class NnpackTests
{
    [Fact]
    public void Libtorch_has_the_switch_under_its_name()
    {
        using var loaded = TorchSharp.torch.zeros(1);
        Assert.True(Nnpack.SwitchOff());
    }

    // With one thread and float32, libtorch would ask NNPACK for every 3x3 convolution.
    [Fact]
    public void A_run_with_one_thread_writes_no_line_of_libtorchs_own()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Lumen.Cli.dll");
        if (!File.Exists(Path.ChangeExtension(program, ".runtimeconfig.json")))
            Assert.Skip("The program was not built beside the tests, so it cannot be run.");
        using var folder = new TempFolder();
        var model = TinyModels.Write(folder.File("tiny"));
        PngWriter.WriteRgb(folder.File("street.png"), TinyModels.Scene(0));
        var start = new ProcessStartInfo(
            "dotnet",
            [
                program,
                "generate",
                "--model",
                model,
                "--reference",
                folder.File("street.png"),
                "--prompt",
                "a street at night",
                "--steps",
                "1",
                "--dtype",
                "float32",
                "--output-dir",
                folder.File("out"),
            ]
        )
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        Assert.DoesNotContain("NNPACK", errors.Result, StringComparison.Ordinal);
    }
}
