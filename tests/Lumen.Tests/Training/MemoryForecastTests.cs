using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Lumen.Cli;
using Lumen.Core.Native;
using Lumen.Core.Tensors;
using Lumen.Models.Autoencoding;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Text;
using Lumen.Testing;
using Lumen.Tests.Cli;
using Lumen.Training;
using Lumen.Training.Perception;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Training;

/// <summary>The peak that is counted before a run, against the peak of a process that makes the run.</summary>
public sealed partial class MemoryForecastTests : IDisposable
{
    private const double Tolerance = 0.15;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("plain", "64,128", 8, 1, "")]
    [InlineData("recomputed", "64,128", 8, 1, "\"gradient_checkpointing\": true,")]
    [InlineData("large", "128,256,512", 1, 1, "")]
    [InlineData("small state", "128,256,512", 1, 1, "\"gradient_checkpointing\": true,")]
    [InlineData("eight bits", "128,256,512", 1, 1, "")]
    [InlineData("micro-batches", "64,128", 4, 2, "")]
    public void The_peak_of_a_run_is_within_15_percent_of_what_was_counted_before(
        string name,
        string channels,
        int batch,
        int microBatches,
        string switches
    )
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Peaks of processes are compared where they are alike: on Linux.");
        var widths = channels.Split(',').Select(long.Parse).ToArray();
        var model = _folder.File("model");
        TinyModels.WriteBase(model, denoiser: Denoiser(widths));
        var recipe = _folder.File("recipe.json");
        var state = name switch
        {
            "small state" => ", \"moments\": \"bfloat16\", \"ema_decay\": 0",
            "eight bits" => ", \"moments\": \"int8\", \"ema_device\": \"cpu\"",
            _ => "",
        };
        File.WriteAllText(
            recipe,
            $$"""
            { "kind": "adapter", "data": { "scenes": 6, "validation_scenes": 1, "resolution": {{(widths.Length > 2 ? 32 : 64)}} },
              "layout": { "layer": "up_blocks[0]", "components": 8, "fit_pictures": 4 },
              "conditioning_embedding_out_channels": [16, 32],
              "training": { "max_train_steps": 1, "train_batch_size": {{batch}}, "gradient_accumulation_steps": {{microBatches}}, {{switches}}
                "validation_steps": 1, "optimizer": { "lr_warmup_steps": 0{{state}} } } }
            """
        );
        var said = Run(
            "train",
            "adapter",
            "--recipe",
            recipe,
            "--model",
            model,
            "--output-dir",
            _folder.File("run"),
            "--cache-dir",
            _folder.File("cache"),
            "--mixed-precision",
            "no"
        );
        var (counted, peak) = (Figure(Counted(), said), Figure(Peak(), said));
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: counted {counted}, peak {peak} GB\n{said}");
        Assert.True(Math.Abs(counted - peak) <= Tolerance * peak, $"{name}: counted {counted} GB, but the peak was {peak} GB.\n{said}");
    }

    [Theory]
    [InlineData("vae", "64, 128, 128", 6, 1)]
    [InlineData("vae", "32, 64", 8, 2)]
    [InlineData("base", "64, 128", 48, 1)]
    [InlineData("base", "128, 256, 256", 4, 1)]
    [InlineData("perception", "48, 96, 128", 12, 1)]
    [InlineData("perception", "96, 128, 192", 8, 1)]
    public void So_is_that_of_an_autoencoder_a_base_and_a_perception_network(string kind, string channels, int batch, int microBatches)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Peaks of processes are compared where they are alike: on Linux.");
        var recipe = _folder.File("recipe.json");
        var levels = channels.Split(',').Length;
        var network = kind switch
        {
            "vae" =>
                $$"""
                "crop": 64, "vae": { "block_out_channels": [{{channels}}], {{AutoencoderBlocks(
                    levels
                )}}, "layers_per_block": 1, "norm_num_groups": 8 }
                """,
            "base" => $$"""
                "unet": { "block_out_channels": [{{channels}}], "layers_per_block": 1, "norm_num_groups": 8, "cross_attention_dim": 64,
                    "attention_head_dim": 4,
                    "down_block_types": ["DownBlock2D", {{Repeated("\"CrossAttnDownBlock2D\"", levels - 1)}}],
                    "up_block_types": [{{Repeated("\"CrossAttnUpBlock2D\"", levels - 1)}}, "UpBlock2D"] },
                "text_encoder": { "hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4,
                    "max_position_embeddings": 32 },
                "scheduler": { "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear" }
                """,
            _ => $$"""
                "perception": { "widths": [{{channels}}] }
                """,
        };
        File.WriteAllText(
            recipe,
            $$"""
            { "kind": "{{kind}}", "data": { "scenes": 12, "validation_scenes": 1, "resolution": {{(
                kind == "base" ? 32
                : kind == "vae" ? 64
                : 128
            )}} },
              {{network}},
              "training": { "max_train_steps": 1, "train_batch_size": {{batch}}, "gradient_accumulation_steps": {{microBatches}},
                "validation_steps": 1, "optimizer": { "lr_warmup_steps": 0 } } }
            """
        );
        if (kind == "base")
            TinyModels.WriteBase(_folder.File("begun"));
        Foreseen(kind, recipe, kind == "base" ? ["--vae", _folder.File("begun")] : []);
    }

    // What a run counts beforehand is what it takes.
    private void Foreseen(string kind, string recipe, string[] more)
    {
        var said = Run([
            "train",
            kind,
            "--recipe",
            recipe,
            "--output-dir",
            _folder.File("run"),
            "--cache-dir",
            _folder.File("cache"),
            "--mixed-precision",
            "no",
            .. more,
        ]);
        var (counted, peak) = (Figure(Counted(), said), Figure(Peak(), said));
        TestContext.Current.TestOutputHelper?.WriteLine(said);
        Assert.True(Math.Abs(counted - peak) <= Tolerance * peak, $"counted {counted} GB, but the peak was {peak} GB.\n{said}");
    }

    [Fact]
    public void What_no_machine_has_is_refused_with_what_makes_it_fit()
    {
        var recipe = _folder.File("recipe.json");
        File.WriteAllText(
            recipe,
            $$"""
            { "kind": "vae", "data": { "scenes": 100000, "validation_scenes": 1, "resolution": 512 }, "crop": 512,
              "vae": { "block_out_channels": [128, 256, 512, 512], {{AutoencoderBlocks(4)}}, "layers_per_block": 2 },
              "training": { "max_train_steps": 1, "train_batch_size": 100000 } }
            """
        );
        var run = CommandLine.Run("train", "vae", "--recipe", recipe, "--output-dir", _folder.File("run"));
        Assert.Equal(2, run.Code);
        Assert.Contains("GB of memory, but this machine has", run.Error, StringComparison.Ordinal);
        Assert.Contains("\"train_batch_size\": 1 with \"gradient_accumulation_steps\": 100000", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("run")) && Directory.EnumerateFiles(_folder.File("run")).Any());
    }

    [Fact]
    public void The_advice_for_an_autoencoder_or_a_perception_network_names_what_they_have()
    {
        var placement = new Placement(CPU, ScalarType.BFloat16);
        var vae = new AutoencoderMemory(new AutoencoderConfig(), 512, TrainsEncoder: true)
        {
            Floor = 300_000_000,
            Placement = placement,
            Threads = 2,
        };
        var perception = new PerceptionMemory(new PerceptionConfig { Depth = true }, 0)
        {
            Floor = 300_000_000,
            Placement = placement,
            Threads = 2,
        };
        var one = new TrainingOptions
        {
            TrainBatchSize = 1,
            Optimizer = new OptimizerOptions { Moments = "int8", EmaDecay = 0 },
        };
        Assert.Contains("crop 256", MemorySwitches.Advice(vae, 512, one, vae.Of(256, one).Bytes), StringComparison.Ordinal);
        Assert.DoesNotContain(
            "gradient_checkpointing",
            MemorySwitches.Advice(vae, 512, new TrainingOptions(), 1e8),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "resolution 256",
            MemorySwitches.Advice(perception, 512, one, perception.Of(256, one).Bytes),
            StringComparison.Ordinal
        );
        Assert.True((vae with { TrainsEncoder = false }).Of(512, one).Bytes < vae.Of(512, one).Bytes);
        Assert.Equal(13.0 * 1000 * 512 * 512, (perception with { Held = 1000 }).Of(512, one).Bytes - perception.Of(512, one).Bytes, 1e3);
    }

    [Fact]
    public void Every_switch_makes_it_less_and_the_advice_names_those_that_are_needed()
    {
        var forecast = StableDiffusion();
        var plain = new TrainingOptions { TrainBatchSize = 4, GradientAccumulationSteps = 2 };
        double[] sizes =
        [
            forecast.Of(512, plain).Bytes,
            forecast.Of(512, plain with { GradientCheckpointing = true }).Bytes,
            forecast.Of(512, plain with { GradientCheckpointing = true, TrainBatchSize = 1 }).Bytes,
            Small(new OptimizerOptions { Moments = "bfloat16" }),
            Small(new OptimizerOptions { Moments = "int8" }),
            Small(new OptimizerOptions { Moments = "int8", EmaDecay = 0 }),
        ];
        Assert.All(sizes.Zip(sizes.Skip(1)), pair => Assert.True(pair.First > pair.Second, string.Join(" ", sizes)));
        Assert.Equal(361e6, forecast.Trained, 2e6);
        Assert.Contains(
            "\"gradient_checkpointing\": true",
            MemorySwitches.Advice(forecast, 512, plain, sizes[1]),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("moments", MemorySwitches.Advice(forecast, 512, plain, sizes[1]), StringComparison.Ordinal);
        Assert.Contains("\"moments\": \"bfloat16\"", MemorySwitches.Advice(forecast, 512, plain, sizes[3]), StringComparison.Ordinal);
        var eight = MemorySwitches.Advice(forecast, 512, plain, sizes[4]);
        Assert.Contains("\"moments\": \"int8\"", eight, StringComparison.Ordinal);
        Assert.DoesNotContain("bfloat16", eight, StringComparison.Ordinal); // its place is taken
        Assert.Contains("\"ema_decay\": 0", MemorySwitches.Advice(forecast, 512, plain, sizes[5]), StringComparison.Ordinal);
        Assert.Contains("Even with", MemorySwitches.Advice(forecast, 512, plain, 1e9), StringComparison.Ordinal);

        double Small(OptimizerOptions optimizer) =>
            forecast.Of(512, plain with { GradientCheckpointing = true, TrainBatchSize = 1, Optimizer = optimizer }).Bytes;
    }

    [Fact]
    public void An_average_on_the_processor_makes_a_run_on_a_device_smaller_and_no_other()
    {
        var plain = new TrainingOptions();
        var host = plain with { Optimizer = plain.Optimizer with { EmaDevice = "cpu" } };
        var (here, there) = (
            StableDiffusion(),
            StableDiffusion() with
            {
                Placement = new Placement(new Device(DeviceType.CUDA, 0), ScalarType.BFloat16),
            }
        );
        Assert.Equal(here.Of(512, plain).Bytes, here.Of(512, host).Bytes);
        Assert.Equal(there.Of(512, plain).Bytes - 4.0 * there.Trained, there.Of(512, host).Bytes, 1.0);
        var small = plain with { GradientCheckpointing = true, TrainBatchSize = 1, GradientAccumulationSteps = plain.TrainBatchSize };
        var least = there.Of(512, small with { Optimizer = host.Optimizer }).Bytes;
        Assert.Contains("\"ema_device\": \"cpu\"", MemorySwitches.Advice(there, 512, plain, least), StringComparison.Ordinal);
        Assert.DoesNotContain("ema_decay", MemorySwitches.Advice(there, 512, plain, 1e9), StringComparison.Ordinal); // frees no more
        Assert.DoesNotContain("ema_device", MemorySwitches.Advice(here, 512, plain, 1e9), StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_of_the_page_is_what_is_counted()
    {
        const string Smallest = "`moments` bfloat16, `ema_decay` 0",
            Narrow = "`moments` bfloat16";
        (int Device, int Side, int Batch, int MicroBatches, bool Recomputes, string State)[] rows =
        [
            (8, 256, 1, 1, true, Smallest),
            (12, 512, 1, 32, true, Narrow),
            (16, 512, 2, 16, true, ""),
            (24, 512, 4, 8, false, ""),
            (48, 512, 16, 2, false, ""),
            (80, 512, 32, 1, false, ""),
        ];
        var page = File.ReadAllText(Path.Combine(Golden.Repository, "docs", "own-model.md"));
        var table = new List<string>();
        foreach (var (device, side, batch, microBatches, recomputes, state) in rows)
        {
            var training = new TrainingOptions
            {
                TrainBatchSize = batch,
                GradientAccumulationSteps = microBatches,
                GradientCheckpointing = recomputes,
                Optimizer = new OptimizerOptions
                {
                    Moments = state.Contains("moments", StringComparison.Ordinal) ? "bfloat16" : "float32",
                    EmaDecay = state == Smallest ? 0 : 0.999,
                },
            };
            var bytes = (StableDiffusion() with { Threads = 2, Floor = 500_000_000 }).Of(side, training).Bytes;
            Assert.True(bytes < device * 1e9, $"{device}: {bytes}");
            var named = ((string[])[recomputes ? "`gradient_checkpointing`" : "", state]).Where(one => one.Length > 0).ToList();
            var switches = named.Count > 0 ? string.Join(", ", named) : "none";
            table.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {device} GB | {side} | {batch} x {microBatches} | {switches} | {bytes / 1e9:0.0} GB |"
                )
            );
        }
        Assert.True(table.All(line => page.Contains(line, StringComparison.Ordinal)), string.Join("\n", table));
    }

    [Fact]
    public void The_machine_says_how_much_memory_it_has()
    {
        Assert.InRange(MachineMemory.Available, 1, MachineMemory.Total);
    }

    internal static DenoiserMemory StableDiffusion() =>
        new(
            new UNetConfig { CrossAttentionDim = 768 },
            new AutoencoderConfig { BlockOutChannels = [128, 256, 512, 512] },
            new ClipTextConfig(49408, 768, 3072, 12, 12, 77, EndOfTextId: 49407),
            new ControlNetConfig(new UNetConfig { CrossAttentionDim = 768 }) { ConditioningChannels = 20 }
        )
        {
            Floor = 300_000_000,
            Placement = new Placement(CPU, ScalarType.BFloat16),
            Threads = 2,
            Pictures = 2000,
            Captions = 500,
        };

    private static UNetConfig Denoiser(long[] widths) =>
        new()
        {
            SampleSize = 64,
            BlockOutChannels = widths,
            DownAttention = [.. widths.Select((_, level) => level > 0)],
            UpAttention = [.. widths.Select((_, index) => index < widths.Length - 1)],
            LayersPerBlock = 1,
            NormNumGroups = 8,
            CrossAttentionDim = 64,
            TransformerLayersPerBlock = [.. widths.Select(_ => 1)],
            Heads = [.. widths.Select(_ => 4L)],
        };

    private static string AutoencoderBlocks(int levels) =>
        $"\"down_block_types\": [{Repeated("\"DownEncoderBlock2D\"", levels)}], "
        + $"\"up_block_types\": [{Repeated("\"UpDecoderBlock2D\"", levels)}]";

    private static string Repeated(string word, int times) => string.Join(", ", Enumerable.Repeat(word, times));

    private static string Run(params string[] arguments)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, ["exec", typeof(TrainRun).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1"; // threads that wait for each other on a busy machine take minutes
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        said += errors.GetAwaiter().GetResult();
        Assert.True(process.ExitCode == 0, said);
        return said;
    }

    private static double Figure(Regex pattern, string text) =>
        double.Parse(pattern.Match(text).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"memory +about ([0-9.]+) GB")]
    private static partial Regex Counted();

    [GeneratedRegex(@"peak +([0-9.]+) GB")]
    private static partial Regex Peak();
}
