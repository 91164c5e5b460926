using Lumen.Core;
using Lumen.Core.Tensors;
using Lumen.Training;

try
{
    var (kind, recipePath, output, cache) = (args[0], args[1], args[2], args[3]);
    var recipe = Recipe.Read(recipePath);
    var runs = new TrainingRuns(Placement.Fastest, cache, output) { Preparing = (what, n) => { if (n % 1024 == 0) Console.WriteLine($"{what} {n}"); } };
    var task = kind switch { "vae" => runs.Autoencoder(recipe), "base" => runs.Base(recipe, args[4]), "adapter" => runs.Adapter(recipe, args[4]), _ => throw new LumenException("?") };
    var trainer = new Trainer(task, recipe.Training, output);
    if (args.Contains("resume")) trainer.Resume("latest");
    Console.WriteLine(trainer.Estimate());
    if (trainer.Run(new Report())) trainer.Export(runs.ModelOutput);
}
catch (LumenException error)
{
    Console.Error.WriteLine(error.Message);
    Environment.ExitCode = 2;
}

internal sealed class Report : IProgress<TrainingProgress>
{
    void IProgress<TrainingProgress>.Report(TrainingProgress p) => Console.WriteLine($"step {p.Step}/{p.Total} loss {p.Loss:0.00000} grad {p.GradientNorm:0.000} {p.SecondsPerStep:0.000} s/step, {p.Remaining.TotalMinutes:0.0} min left {string.Join(" ", p.Validation.Select(v => $"{v.Key} {v.Value:0.0000}"))}");
}
