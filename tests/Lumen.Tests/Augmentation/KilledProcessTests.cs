using System.Diagnostics;
using Lumen.Augmentation;
using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Tests.Datasets;
using Xunit;

namespace Lumen.Tests.Augmentation;

public sealed class KilledProcessTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    private const int Kills = 30,
        Variants = 120;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public void Thirty_kills_at_random_moments_leave_nothing_half_written_and_lose_nothing()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Lumen.Cli.dll");
        if (!File.Exists(Path.ChangeExtension(program, ".runtimeconfig.json")))
            Assert.Skip("The program was not built beside the tests, so its process cannot be killed.");
        var (dataset, output, expected) = (tiny.Dataset("imagefolder"), tiny.Fresh(), tiny.Fresh());
        RunToTheEnd(program, dataset.Root, expected);

        var (random, settled, within) = (new Random(17), 0, Stopwatch.StartNew());
        for (var kill = 0; kill < Kills && within.Elapsed < Patience; kill++) // a machine that is too busy sees fewer of them
        {
            using var process = Start(program, dataset.Root, output);
            var line = process.StandardOutput.ReadLine(); // loading is over
            if (kill % 3 > 0)
                WaitForPictures(process, output, settled + random.Next(1, 3));
            Thread.Sleep(random.Next(0, 100));
            process.Kill();
            process.WaitForExit();
            RequireWhole(output, line);
            var now = Manifest.Read(output).Count;
            Assert.True(now >= settled, "A line of the manifest was lost.");
            settled = now;
        }
        Assert.InRange(settled, 1, TinyDatasets.Training * Variants - 1); // pictures were being made when the processes died
        RunToTheEnd(program, dataset.Root, output);
        Assert.Empty(Differences(TinyGenerator.Files(expected), TinyGenerator.Files(output)));
        Assert.True(Verification.Run(output).IsSound);
    }

    private static IEnumerable<string> Differences(SortedDictionary<string, string> expected, SortedDictionary<string, string> found) =>
        expected
            .Keys.Union(found.Keys)
            .Where(file => expected.GetValueOrDefault(file) != found.GetValueOrDefault(file))
            .Select(file =>
                $"{file}: {(!found.ContainsKey(file) ? "missing" : expected.ContainsKey(file) ? "other bytes" : "not expected")}"
            );

    private void RunToTheEnd(string program, string dataset, string output)
    {
        using var process = Start(program, dataset, output);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
    }

    private static void WaitForPictures(Process process, string output, int count)
    {
        while (!process.HasExited && Manifest.Read(output).Count < count)
            Thread.Sleep(3);
    }

    private static void RequireWhole(string output, string? line)
    {
        if (!Directory.Exists(output))
            return;
        foreach (
            var file in Directory
                .EnumerateFiles(output, "*.png", SearchOption.AllDirectories)
                .Where(path => !path.Contains("/lumen/", StringComparison.Ordinal))
        )
        {
            var size = PictureReader.Read(file); // throws where it is cut short
            Assert.Equal((TinyDatasets.Width, TinyDatasets.Height), (size.Width, size.Height));
        }
        Assert.DoesNotContain(
            Directory.EnumerateFiles(output, "*.tmp", SearchOption.AllDirectories),
            path => !path.Contains("/lumen/", StringComparison.Ordinal) && !Path.GetFileName(path).StartsWith('.')
        );
        foreach (var entry in Manifest.Read(output).Where(entry => entry.Item is not null))
        {
            Assert.Equal(entry.Sha256, ItemHash.OfFile(Path.Combine(output, entry.Item!)));
            Assert.All(
                entry.Labels,
                label =>
                    Assert.True(
                        File.Exists(Path.Combine(output, label.File)),
                        $"{label.File} is missing although its picture is recorded ({line})."
                    )
            );
        }
        if (File.Exists(Path.Combine(output, "train", "metadata.jsonl")))
            Assert.DoesNotContain(DatasetCheck.Run(DatasetFormats.Open(output)).Faults, fault => fault.Kind != DatasetFaultKind.NoItems);
    }

    private Process Start(string program, string dataset, string output)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] arguments =
        [
            "exec",
            program,
            .. AugmentLine.Of(tiny.Model, dataset, output, Prompts(), Variants, "--leak-check", "exact"),
        ];
        return Process.Start(new ProcessStartInfo(host, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    private string Prompts() =>
        AugmentLine.Prompts(Path.Combine(tiny.Model, "prompts.toml"), "fog = { prompt = \"a street in fog\", weight = 2 }\n");
}
