using System.Globalization;
using Lumen;
using Lumen.Benchmarks;
using Lumen.Core.Native;
using Lumen.Core.Tensors;
using TorchSharp;

const string Usage = """
    Usage: table [--rounds 8] [--output FILE] [--compare FILE] [--dtype float32|bfloat16] [--folder models/street-tiny]
           full-scale|backbones|peak [--steps 1] [--threads 1] [--dtype float32|bfloat16] [--folder .work/full-scale|.work/backbones]
           adapter-step [--resolution 512] [--checkpointing 1|0] [--steps 2] [--threads 1] [--gigaflop N] [--dtype float32|bfloat16]
           peers [--rounds 3] [--threads 1] [--dtype float32|bfloat16] [--folder .work/peers]
           augmentation [--pictures 32] [--steps 20] [--threads 1] [--dtype float32|bfloat16] [--folder models/street-tiny]
           training [--recipe recipes/street-tiny-base.json] [--batch N] [--micro-batches 1] [--steps 20] [--threads 1] [--dtype float32|bfloat16]
           own-model [--resolution 256] [--memory 8|12|16] [--recipe recipes/sd15-adapter.json] [--steps 1] [--folder .work/own-model]
           mutations [--count 20000] [--seed 1] [--only PART-OF-A-READERS-NAME]
           scenes [--count 200] [--size 128]
           pca [--rows 1000000] [--reference-rows 1000000] [--threads 1] [--folder .work/pca]
    """;

try
{
    if (
        args
            is not [
                "table"
                or "full-scale"
                or "backbones"
                or "peak"
                or "pca"
                or "scenes"
                or "augmentation"
                or "mutations"
                or "training"
                or "own-model"
                or "peers"
                or "adapter-step",
                ..,
            ]
        || args.Length % 2 == 0
    )
        throw new LumenException(Usage);
    var options = args.Skip(1).Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
    var dtype = Option("--dtype", Processor.HasBFloat16 ? "bfloat16" : "float32") switch
    {
        "float32" => torch.ScalarType.Float32,
        "bfloat16" => torch.ScalarType.BFloat16,
        _ => throw new LumenException(Usage),
    };
    if (args[0] == "own-model")
    {
        OwnModel();
        return;
    }
    LargeBlocks.Keep(); // as the program does
    torch.set_num_threads(Number("--threads", 1));
    var placement = new Placement(torch.CPU, dtype);
    if (args[0] == "table")
        Environment.ExitCode = Overview.Run(
            Option("--folder", Path.Combine("models", "street-tiny")),
            placement,
            Number("--rounds", 8),
            options.GetValueOrDefault("--output"),
            options.GetValueOrDefault("--compare")
        )
            ? 0
            : 1;
    else if (args[0] == "peak")
        FullScaleRun.Yardsticks(new Meter(), placement);
    else if (args[0] == "pca")
        PcaRun.Run(
            Option("--folder", Path.Combine(".work", "pca")),
            Number("--rows", 1_000_000),
            Number("--reference-rows", Number("--rows", 1_000_000))
        );
    else if (args[0] == "scenes")
        SceneRate.Run(Number("--count", 200), Number("--size", 128));
    else if (args[0] == "training")
        TrainingRate.Run(
            Option("--recipe", Path.Combine("recipes", "street-tiny-base.json")),
            placement,
            Number("--batch", 16),
            Number("--micro-batches", 1),
            Number("--steps", 20)
        );
    else if (args[0] == "mutations")
        MutationTable.Run(Number("--count", 20_000), Number("--seed", 1), Option("--only", ""));
    else if (args[0] == "augmentation")
        AugmentationRate.Run(
            Option("--folder", Path.Combine("models", "street-tiny")),
            placement,
            Number("--steps", 20),
            Number("--pictures", 32)
        );
    else if (args[0] == "adapter-step")
        AdapterStepRun.Run(
            placement,
            Number("--resolution", 512),
            Option("--checkpointing", "1") == "1",
            Number("--steps", 2),
            double.Parse(Option("--gigaflop", "0"), CultureInfo.InvariantCulture)
        );
    else if (args[0] == "peers")
        PeerRun.Run(Option("--folder", Path.Combine(".work", "peers")), placement, Number("--rounds", 3));
    else if (args[0] == "backbones")
        BackboneRun.Run(Option("--folder", Path.Combine(".work", "backbones")), placement);
    else
        FullScaleRun.Run(Option("--folder", Path.Combine(".work", "full-scale")), placement, Number("--steps", 1));

    // The model is written by a process of its own, whose memory goes with it.
    void OwnModel()
    {
        var folder = Option("--folder", Path.Combine(".work", "own-model"));
        if (Option("--write", "") == "model")
            FullScaleModel.Write(Path.Combine(folder, "model"));
        else
            new OwnModelRun(folder, Option("--recipe", Path.Combine("recipes", "sd15-adapter.json")))
            {
                Side = Number("--resolution", 256),
                SamplingSteps = Number("--steps", 1),
                Gigabytes = Number("--memory", 8),
            }.Run();
    }

    string Option(string name, string otherwise) => options.GetValueOrDefault(name, otherwise);
    int Number(string name, int otherwise) =>
        int.TryParse(Option(name, $"{otherwise}"), out var value) && value > 0 ? value : throw new LumenException(Usage);
}
catch (LumenException error)
{
    Console.Error.WriteLine(error.Message);
    Environment.ExitCode = 2;
}
