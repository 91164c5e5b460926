using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Lumen.Core.Native;
using Lumen.Testing;

namespace Lumen.Benchmarks;

/// <summary>
/// Every command of docs/own-model.md in its order, as processes of their own, on a model of the size of Stable Diffusion 1.5 with weights
/// of a formula and the photographs of samples/pictures: the pictures mean nothing, the path does. Prints seconds and peak memory of each.
/// </summary>
/// <param name="folder">Where all of it is written.</param>
/// <param name="recipe">The adapter's recipe.</param>
internal sealed class OwnModelRun(string folder, string recipe)
{
    private readonly List<(string What, double Seconds, double Bytes, string Said)> _rows = [];

    /// <summary>Side of the pictures in training.</summary>
    public int Side { get; init; } = 256;

    /// <summary>
    /// Which of the page's switches: 8 keeps moments in bfloat16 and no average, 12 keeps moments in bfloat16, 16 is the recipe.
    /// </summary>
    public int Gigabytes { get; init; } = 8;

    /// <summary>Sampling steps of every picture.</summary>
    public int SamplingSteps { get; init; } = 1;

    private string Model => Path.Combine(folder, "model");

    private string Photos => Path.Combine(folder, "photos");

    /// <summary>Runs all of it.</summary>
    public void Run()
    {
        Program("write the model", "Lumen.Benchmarks.dll", ["own-model", "--folder", folder, "--write", "model"]);
        CopyPhotos();
        var clip = TinyModels.WriteClip(Path.Combine(folder, "clip"));
        var (run, side) = (Path.Combine(folder, $"adapter-{Side}"), $"{Side}");
        foreach (var left in (string[])[run, Path.Combine(folder, "cache"), Path.Combine(folder, "augmented"), Path.Combine(folder, "out")])
            if (Directory.Exists(left))
                Directory.Delete(left, recursive: true);
        Command("model info", ["model", "info", Model]);
        Command("data check", ["data", "check", Photos]);
        Command("caption", ["caption", "--images", Photos, "--clip", clip, "--phrases", "samples/phrases/street.toml"]);
        Command(
            "layout fit",
            [
                "layout",
                "fit",
                "--model",
                Model,
                "--images",
                Photos,
                "--output-dir",
                Path.Combine(folder, "basis"),
                "--layer",
                "up_blocks[1]",
                "--timestep",
                "100",
                "--components",
                "20",
            ]
        );
        string[] train =
        [
            "train",
            "adapter",
            "--recipe",
            Written(run),
            "--model",
            Model,
            "--train-data-dir",
            Photos,
            "--resolution",
            side,
            "--cache-dir",
            Path.Combine(folder, "cache"),
            "--output-dir",
            run,
            "--max-train-steps",
            "2",
        ];
        Command("train adapter, killed after its first checkpoint", train, killAt: Path.Combine(run, "checkpoint-1"));
        Command("train adapter, resumed to step 2", [.. train, "--resume-from-checkpoint", "latest"]);
        var adapter = Path.Combine(run, "controlnet");
        string[] drawn = ["--model", Model, "--adapter", adapter, "--steps", $"{SamplingSteps}"];
        Command(
            "generate, one picture",
            [
                "generate",
                "--reference",
                Path.Combine(Photos, "coffee.jpg"),
                "--prompt",
                "a cup at night",
                "--width",
                side,
                "--height",
                side,
                "--output-dir",
                Path.Combine(folder, "out"),
                .. drawn,
            ]
        );
        string[] augment =
        [
            "augment",
            "--dataset",
            Photos,
            "--output",
            Path.Combine(folder, "augmented"),
            "--prompt",
            "a street in snow",
            "--limit",
            "2",
            "--resolution",
            side,
            "--min-agreement",
            "none",
            "--leak-check",
            "exact",
            .. drawn,
        ];
        Command("augment, two pictures", augment);
        Command("verify", ["verify", Path.Combine(folder, "augmented")]);
        Print();
    }

    // Two steps, each with a checkpoint, and the figures at the end; everything else is the recipe's.
    private string Written(string run)
    {
        var json = JsonNode.Parse(File.ReadAllText(recipe))!;
        var training = json["training"]!;
        (training["train_batch_size"], training["gradient_accumulation_steps"]) = (1, 1);
        (training["checkpointing_steps"], training["validation_steps"]) = (1, 2);
        if (Gigabytes <= 12)
            training["optimizer"]!["moments"] = "bfloat16";
        if (Gigabytes <= 8)
            training["optimizer"]!["ema_decay"] = 0;
        json["data"]!["validation_fraction"] = 0.2;
        var path = run + ".json";
        File.WriteAllText(path, json.ToJsonString());
        return path;
    }

    private void CopyPhotos()
    {
        Directory.CreateDirectory(Photos);
        foreach (var old in Directory.EnumerateFiles(Photos, "metadata*"))
            File.Delete(old);
        foreach (var photo in Directory.EnumerateFiles(Path.Combine("samples", "pictures"), "*.jpg"))
            File.Copy(photo, Path.Combine(Photos, Path.GetFileName(photo)), overwrite: true);
    }

    private void Command(string what, string[] arguments, string? killAt = null) => Program(what, "Lumen.Cli.dll", arguments, killAt);

    private void Program(string what, string assembly, string[] arguments, string? killAt = null)
    {
        Console.Error.WriteLine($"{what}: {string.Join(' ', arguments)}");
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var program = Path.Combine(AppContext.BaseDirectory, assembly);
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(
            new ProcessStartInfo(host, ["exec", program, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true }
        )!;
        var said = new List<string>();
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var (peak, killed) = (0.0, false);
        while (!process.WaitForExit(200))
        {
            peak = Math.Max(peak, PeakOf(process.Id));
            if (killAt is null || killed || !Directory.Exists(killAt))
                continue;
            killed = true;
            process.Kill();
        }
        process.WaitForExit();
        if (!killed && process.ExitCode != 0)
            throw new LumenException($"{what} ended with {process.ExitCode}: {string.Join(Environment.NewLine, said.TakeLast(5))}");
        _rows.Add(
            (
                what,
                watch.Elapsed.TotalSeconds,
                peak,
                said.FirstOrDefault(line => line.StartsWith("estimate", StringComparison.Ordinal)) ?? ""
            )
        );
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {watch.Elapsed.TotalSeconds:0.0} s, {peak / 1e9:0.00} GB"));

        void Keep(string? line)
        {
            if (line is null)
                return;
            lock (said)
                said.Add(line);
            Console.Error.WriteLine($"  {line}");
        }
    }

    private static double PeakOf(int process)
    {
        try
        {
            return File.ReadLines($"/proc/{process}/status")
                .Where(line => line.StartsWith("VmHWM", StringComparison.Ordinal))
                .Select(line =>
                    double.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)
                    * 1024
                )
                .FirstOrDefault();
        }
        catch (IOException)
        {
            return 0; // it has just ended
        }
    }

    private void Print()
    {
        Console.WriteLine(
            $"bfloat16 in hardware: {(Processor.HasBFloat16 ? "yes" : "no")}; {Environment.ProcessorCount} processors; {Side} pixels"
        );
        Console.WriteLine();
        Console.WriteLine("| command | seconds | peak memory, GB |");
        Console.WriteLine("| --- | ---: | ---: |");
        foreach (var (what, seconds, bytes, _) in _rows)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {seconds:0} | {bytes / 1e9:0.0} |"));
        Console.WriteLine();
        foreach (var (what, _, _, said) in _rows.Where(row => row.Said.Length > 0))
            Console.WriteLine($"- {what}: {said}");
    }
}
