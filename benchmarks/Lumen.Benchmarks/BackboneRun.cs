using System.Diagnostics;
using System.Globalization;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Models.Vision;
using Lumen.Training;
using static TorchSharp.torch;

namespace Lumen.Benchmarks;

/// <summary>Seconds that a picture's features take on vision transformers of published sizes, with random weights.</summary>
internal static class BackboneRun
{
    private const int Repetitions = 3;

    private static readonly VisionTransformerConfig[] Networks =
    [
        Dino(384, 6, 8),
        Dino(768, 12, 16),
        Dinov2(384, 6),
        Dinov2(768, 12),
        Clip(768, 12, 16, 12),
        Clip(1024, 16, 14, 24),
    ];

    public static void Run(string folder, Placement placement)
    {
        Console.WriteLine(
            "| backbone | pixels | patches | parameters | load, s | layer and facet | s a picture | GFLOP | GFLOP/s "
                + $"({placement.Compute}) |"
        );
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |");
        foreach (var config in Networks)
            Measure(folder, config, placement);
        Console.WriteLine();
        Console.WriteLine(
            $"Matrix product: {MatrixPeak.GigaFlops(placement.Compute):0} GFLOP/s. Processor time, best of {Repetitions}, "
                + $"{get_num_threads()} thread(s)."
        );
    }

    private static void Measure(string folder, VisionTransformerConfig config, Placement placement)
    {
        var path = Write(folder, config);
        VisionBackbone? opened = null;
        var load = Seconds(() => opened = (VisionBackbone)VisionBackboneFile.Open(path, placement));
        using var backbone = opened!;
        var source = VisionTransformerFeatures.SourceOf(backbone);
        var features = new VisionTransformerFeatures(backbone, source);
        using var picture = new RandomStream(1).Uniform(1, 3, source.ImageSize, source.ImageSize) * 2 - 1;
        features.Extract(picture, [0]).Dispose();
        var seconds = Enumerable.Range(0, Repetitions).Min(_ => Seconds(() => features.Extract(picture, [0]).Dispose()));
        var side = source.ImageSize / config.Patch;
        var work = Work(
            config,
            side * side + backbone.Network.PrefixTokens,
            int.Parse(source.Layer["blocks[".Length..^1], CultureInfo.InvariantCulture),
            source.Facet == "token"
        );
        var parameters = backbone.Network.parameters().Sum(parameter => parameter.numel()) / 1e6;
        Console.WriteLine(
            $"| {backbone.Weights.Name} | {source.ImageSize} | {side} x {side} | {parameters:0} M | {load:0.0} | {source.Layer} "
                + $"{source.Facet} | {seconds:0.00} | {work:0} | {work / seconds:0} |"
        );
    }

    // Products of the blocks that are computed; embedding and norms are small.
    private static double Work(VisionTransformerConfig config, long tokens, int layer, bool whole)
    {
        var projections = 8.0 * config.Width * config.Width + 4.0 * config.Width * config.Hidden;
        var block = tokens * (projections + 4.0 * tokens * config.Width);
        return ((layer + (whole ? 1 : 0)) * block + (whole ? 0 : 2.0 * tokens * config.Width * config.Width)) / 1e9;
    }

    private static string Write(string folder, VisionTransformerConfig config)
    {
        var family = BackboneFamilies.All.Single(family =>
            family.Name
            == (
                config.PreNorm ? "clip"
                : config.LayerScale ? "dinov2"
                : "dino"
            )
        );
        var path = Path.Combine(folder, $"{family.Name}-{config.Width}-{config.Patch}-{config.Depth}.safetensors");
        if (File.Exists(path))
            return path;
        Console.Error.WriteLine($"writing {path}");
        Directory.CreateDirectory(folder);
        using var scope = NewDisposeScope();
        using var network = new VisionTransformer(config, new Placement(CPU, ScalarType.BFloat16));
        WeightInitialisation.Apply(network, new RandomStream(1));
        SafetensorsWriter.Write(path, family.Namings[0].View(network.state_dict(), _ => false));
        return path;
    }

    private static double Seconds(Action act)
    {
        var start = Process.GetCurrentProcess().TotalProcessorTime;
        act();
        return (Process.GetCurrentProcess().TotalProcessorTime - start).TotalSeconds / get_num_threads();
    }

    private static VisionTransformerConfig Dino(long width, int heads, int patch) =>
        new()
        {
            Width = width,
            Depth = 12,
            Heads = heads,
            Patch = patch,
            Grid = 224 / patch,
            Hidden = 4 * width,
        };

    private static VisionTransformerConfig Dinov2(long width, int heads) =>
        new()
        {
            Width = width,
            Depth = 12,
            Heads = heads,
            Patch = 14,
            Grid = 37,
            Hidden = 4 * width,
            LayerScale = true,
        };

    private static VisionTransformerConfig Clip(long width, int heads, int patch, int depth) =>
        new()
        {
            Width = width,
            Depth = depth,
            Heads = heads,
            Patch = patch,
            Grid = 224 / patch,
            Hidden = 4 * width,
            PreNorm = true,
            FeedForward = VisionFeedForward.QuickGelu,
        };
}
