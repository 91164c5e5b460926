using System.CommandLine;
using System.Globalization;
using Lumen;
using Lumen.Benchmarks;
using Lumen.Core.Native;
using Lumen.Core.Tensors;
using Lumen.Training;
using TorchSharp;

var street = Path.Combine("models", "street-tiny");
var threads = Number("--threads", 1, "Threads of libtorch.");
var dtype = new Option<string>("--dtype")
{
    Description = "Compute type.",
    DefaultValueFactory = _ => Processor.HasBFloat16 ? "bfloat16" : "float32",
}.AcceptOnlyFromAmong("float32", "bfloat16");
var root = new RootCommand("Measures Lumen. Figures and how they were taken: benchmarks/README.md.")
{
    Table(),
    FullScale(),
    Plain("peak", "Matrix products and attention.", (_, placement) => FullScaleRun.Yardsticks(new Meter(), placement)),
    Backbones(),
    AdapterStep(),
    Peers(),
    Augmentation(),
    Training(),
    OwnModel(),
    Mutations(),
    Scenes(),
    Pca(),
};
root.SetAction((Func<ParseResult, int>)(_ => throw new LumenException("Name what is to be measured; --help lists it.")));
try
{
    var parsed = root.Parse(args);
    if (parsed.Errors.Count > 0)
        throw new LumenException($"{parsed.Errors[0].Message} See --help.");
    return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (LumenException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}
catch (Exception error) when (error is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"{error.Message} Give another --folder, or free some disk space.");
    return 2;
}

Command Table()
{
    var (rounds, folder) = (Number("--rounds", 8, "Measurements of each work."), Text("--folder", street, "Model."));
    var (output, compare) = (Saved("--output", "Keeps the figures in a file."), Saved("--compare", "Says what is slower than in a file."));
    return Work(
        "table",
        "All that decides the time of common jobs, in one table.",
        (parsed, placement) =>
            Overview.Run(parsed.GetValue(folder)!, placement, parsed.GetValue(rounds), parsed.GetValue(output), parsed.GetValue(compare))
                ? 0
                : 1,
        rounds,
        folder,
        output,
        compare
    );
}

Command FullScale()
{
    var (steps, folder) = (Number("--steps", 1, "Guided steps."), Text("--folder", Path.Combine(".work", "full-scale"), "Files."));
    return Plain(
        "full-scale",
        "A model of the size of Stable Diffusion 1.5.",
        (parsed, placement) => FullScaleRun.Run(parsed.GetValue(folder)!, placement, parsed.GetValue(steps)),
        steps,
        folder
    );
}

Command Backbones()
{
    var folder = Text("--folder", Path.Combine(".work", "backbones"), "Files.");
    return Plain(
        "backbones",
        "Vision transformers of published sizes.",
        (parsed, placement) => BackboneRun.Run(parsed.GetValue(folder)!, placement),
        folder
    );
}

Command AdapterStep()
{
    var (side, steps) = (Number("--resolution", 512, "Pixels a side."), Number("--steps", 2, "Training steps."));
    var checkpointing = new Option<bool>("--checkpointing") { DefaultValueFactory = _ => true, Description = "Computes blocks again." };
    var work = new Option<double>("--gigaflop") { Description = "Work of a step, for its share of the peak." };
    work.Validators.Add(result =>
    {
        if (result.Tokens is [{ Value: var text }] && !(double.TryParse(text, CultureInfo.InvariantCulture, out var value) && value > 0))
            result.AddError($"--gigaflop must be a number above 0 but is {text}.");
    });
    return Plain(
        "adapter-step",
        "Steps of an adapter of Stable Diffusion 1.5.",
        (parsed, placement) =>
            AdapterStepRun.Run(
                placement,
                parsed.GetValue(side),
                parsed.GetValue(checkpointing),
                parsed.GetValue(steps),
                parsed.GetValue(work)
            ),
        side,
        steps,
        checkpointing,
        work
    );
}

Command Peers()
{
    var (rounds, folder) = (Number("--rounds", 3, "Measurements."), Text("--folder", Path.Combine(".work", "peers"), "Files."));
    return Plain(
        "peers",
        "A step beside ONNX Runtime.",
        (parsed, placement) => PeerRun.Run(parsed.GetValue(folder)!, placement, parsed.GetValue(rounds)),
        rounds,
        folder
    );
}

Command Augmentation()
{
    var (pictures, steps) = (Number("--pictures", 32, "Pictures."), Number("--steps", 20, "Steps of each."));
    var folder = Text("--folder", street, "Model.");
    return Plain(
        "augmentation",
        "lumen augment beside bare generation.",
        (parsed, placement) => AugmentationRate.Run(parsed.GetValue(folder)!, placement, parsed.GetValue(steps), parsed.GetValue(pictures)),
        pictures,
        steps,
        folder
    );
}

Command Training()
{
    var recipe = Text("--recipe", Path.Combine("recipes", "street-tiny-base.json"), "Recipe.");
    var (batch, parts) = (Number("--batch", 16, "Samples of a micro-batch."), Number("--micro-batches", 1, "Micro-batches of a step."));
    var steps = Number("--steps", 20, "Steps.");
    return Plain(
        "training",
        "Training steps of a recipe.",
        (parsed, placement) =>
            TrainingRate.Run(parsed.GetValue(recipe)!, placement, parsed.GetValue(batch), parsed.GetValue(parts), parsed.GetValue(steps)),
        recipe,
        batch,
        parts,
        steps
    );
}

// The model is written by a process of its own, whose memory goes with it.
Command OwnModel()
{
    var folder = Text("--folder", Path.Combine(".work", "own-model"), "Files, about 12 GB.");
    var recipe = Text("--recipe", Path.Combine("recipes", "sd15-adapter.json"), "Recipe.");
    var (side, steps) = (Number("--resolution", 256, "Pixels a side."), Number("--steps", 1, "Sampling steps."));
    var memory = new Option<int>("--memory") { DefaultValueFactory = _ => 8, Description = "Gigabytes that the switches are for." };
    memory.AcceptOnlyFromAmong("8", "12", "16");
    var write = new Option<string?>("--write") { Hidden = true };
    var command = new Command("own-model", "Every command of docs/own-model.md at full size.")
    {
        folder,
        recipe,
        side,
        steps,
        memory,
        write,
    };
    command.SetAction(parsed =>
    {
        var given = parsed.GetValue(recipe)!;
        Recipe.Read(given); // what cannot be read is said before gigabytes are written
        if (parsed.GetValue(write) == "model")
            FullScaleModel.Write(Path.Combine(parsed.GetValue(folder)!, "model"));
        else
            new OwnModelRun(parsed.GetValue(folder)!, given)
            {
                Side = parsed.GetValue(side),
                SamplingSteps = parsed.GetValue(steps),
                Gigabytes = parsed.GetValue(memory),
            }.Run();
    });
    return command;
}

Command Mutations()
{
    var (count, seed) = (Number("--count", 20_000, "Damaged files of each reader."), Number("--seed", 1, "Seed."));
    var only = Text("--only", "", "Part of the names of readers.");
    return Plain(
        "mutations",
        "Damaged files of every kind.",
        (parsed, _) => MutationTable.Run(parsed.GetValue(count), parsed.GetValue(seed), parsed.GetValue(only)!),
        count,
        seed,
        only
    );
}

Command Scenes()
{
    var (count, size) = (Number("--count", 200, "Scenes."), Number("--size", 128, "Pixels a side.", most: 4096));
    return Plain(
        "scenes",
        "The street renderer.",
        (parsed, _) => SceneRate.Run(parsed.GetValue(count), parsed.GetValue(size)),
        count,
        size
    );
}

Command Pca()
{
    var rows = Number("--rows", 1_000_000, "Rows.");
    var reference = new Option<int?>("--reference-rows") { Description = "Rows for the others. Default: as many." };
    var folder = Text("--folder", Path.Combine(".work", "pca"), "Files.");
    return Plain(
        "pca",
        "A tall fit of principal components.",
        (parsed, _) => PcaRun.Run(parsed.GetValue(folder)!, parsed.GetValue(rows), parsed.GetValue(reference) ?? parsed.GetValue(rows)),
        rows,
        reference,
        folder
    );
}

Command Plain(string name, string description, Action<ParseResult, Placement> run, params Option[] options) =>
    Work(
        name,
        description,
        (parsed, placement) =>
        {
            run(parsed, placement);
            return 0;
        },
        options
    );

Command Work(string name, string description, Func<ParseResult, Placement, int> run, params Option[] options)
{
    var command = new Command(name, description);
    foreach (var option in options.Append(threads).Append(dtype))
        command.Options.Add(option);
    command.SetAction(parsed =>
    {
        LargeBlocks.Keep(); // as the program does
        torch.set_num_threads(parsed.GetValue(threads));
        var type = parsed.GetValue(dtype) == "float32" ? torch.ScalarType.Float32 : torch.ScalarType.BFloat16;
        return run(parsed, new Placement(torch.CPU, type));
    });
    return command;
}

static Option<string> Text(string name, string otherwise, string description) =>
    new(name) { DefaultValueFactory = _ => otherwise, Description = description };

static Option<string?> Saved(string name, string description) => new(name) { Description = description };

static Option<int> Number(string name, int otherwise, string description, int most = int.MaxValue)
{
    var option = new Option<int>(name) { DefaultValueFactory = _ => otherwise, Description = description };
    option.Validators.Add(result =>
    {
        if (result.Tokens is [{ Value: var text }] && (!int.TryParse(text, out var value) || value < 1 || value > most))
            result.AddError(
                $"{name} must be a whole number {(most == int.MaxValue ? "of 1 or more" : $"from 1 to {most}")} but is {text}."
            );
    });
    return option;
}
