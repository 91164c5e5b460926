using System.Globalization;
using Lumen.Core.Processes;
using Lumen.Core.Tensors;
using Lumen.Files;
using Lumen.Generation;
using Lumen.Models.Vision;
using Lumen.Training;

namespace Lumen.Cli;

/// <summary>Runs <c>lumen train</c>: prepares, estimates, trains, exports.</summary>
internal sealed record TrainRun(Terminal Terminal, Recipe Recipe, string Output)
{
    public required string RecipePath { get; init; }
    public required Extensions Extensions { get; init; }
    public required string Cache { get; init; }
    public string? Partner { get; init; }
    public IReadOnlyList<string> Flags { get; init; } = [];
    public string? Resume { get; init; }
    public string? BackboneWeights { get; init; }
    public IReadOnlyList<string> AllowedChanges { get; init; } = [];
    public Placement Placement { get; init; }

    private bool _isEstimated;

    public int Run(CancellationToken stop) => Job.Together(Terminal, $"lumen train {Recipe.Kind}", processes => Run(processes, stop));

    private int Run(ICommunicator processes, CancellationToken stop)
    {
        var writes = processes.Rank == 0;
        if (writes)
            RefuseInputs();
        using var prepared = writes ? OutputFolder.Prepare(Output) : null;
        using var owned = writes ? FolderLock.Take(Output, $"lumen train {Recipe.Kind}") : null;
        if (writes)
            RefuseOtherRun();
        using var backbone = BackboneWeights is null
            ? null
            : VisionBackboneFile.Open(BackboneWeights, Placement, registry: Extensions.Registry, stop: stop);
        var task = Prepare(backbone, processes, stop);
        var trainer = new Trainer(task, Recipe.Training, Output, processes) { AllowedChanges = AllowedChanges };
        if (processes.Size > 1)
            Terminal.Note($"share    {processes.Size} processes compute every step together");
        if (Resume is not null)
            Terminal.Note($"resumed  step {trainer.Resume(Resume)} of {Recipe.Training.MaxTrainSteps}");
        foreach (var left in trainer.Left)
            Terminal.Note(
                $"left     {left}: it went on from here in another way, and is renamed retired-{left} when this run saves its first "
                    + "checkpoint"
            );
        if (!_isEstimated && !stop.IsCancellationRequested && processes.Size == 1)
            Terminal.Note($"estimate {trainer.Estimate()}"); // a handful of pictures was not enough for a trial
        using (var report = new TrainReport(Terminal))
            trainer.Run(report, stop);
        if (trainer.Store.Step < Recipe.Training.MaxTrainSteps)
            return Stopped(trainer.Store.Step);
        if (!writes)
            return 0;
        var folder = Path.Combine(
            Output,
            Recipe.Kind switch
            {
                "adapter" => "controlnet",
                "perception" => "perception",
                _ => "model",
            }
        );
        trainer.Export(folder);
        using (var process = System.Diagnostics.Process.GetCurrentProcess())
            Terminal.Note(string.Create(CultureInfo.InvariantCulture, $"peak     {process.PeakWorkingSet64 / 1e9:0.00} GB of memory"));
        Terminal.Note($"wrote    {Path.Combine(folder, Recipe.Kind == "vae" ? "vae" : "")}");
        return 0;
    }

    // Process 0 makes caches and files of the run, then the others find them.
    private ITrainingTask Prepare(Backbone? backbone, ICommunicator processes, CancellationToken stop)
    {
        if (processes.Size == 1)
            return Prepare(backbone, 1, null, stop);
        var handover = Path.Combine(Output, ".prepared");
        ITrainingTask task;
        if (processes.Rank == 0)
        {
            task = Prepare(backbone, processes.Size, null, stop);
            task.SaveBeside(handover);
            processes.Wait();
        }
        else
        {
            processes.Wait();
            task = Prepare(backbone, processes.Size, handover, stop);
        }
        processes.Wait();
        if (processes.Rank == 0 && Directory.Exists(handover))
            Directory.Delete(handover, recursive: true);
        return task;
    }

    private ITrainingTask Prepare(Backbone? backbone, int processes, string? handover, CancellationToken stop)
    {
        var bars = new Dictionary<string, ProgressBar>(StringComparer.Ordinal);
        var runs = new TrainingTaskFactory(Placement, Cache, Output)
        {
            Stop = stop,
            Processes = processes,
            PreparedIn = handover,
            Registry = Extensions.Registry,
            Formats = Extensions.Formats,
            Backbone = backbone,
            Note = Terminal.Note,
            Warn = Terminal.Warn,
            ResumeFrom = Resume,
            AllowedChanges = AllowedChanges,
            Preparing = (what, done, total) =>
                (bars.TryGetValue(what, out var bar) ? bar : bars[what] = new ProgressBar(Terminal, what)).Report(done, total),
            Estimated = handover is null ? Tell : null,
        };
        var task = Recipe.Kind switch
        {
            "vae" => runs.Autoencoder(Recipe),
            "base" => runs.Base(Recipe, Partner),
            "adapter" => runs.Adapter(Recipe, Partner!),
            "perception" => runs.Perception(Recipe),
            "backbone" => runs.VisionTransformer(Recipe),
            "clip" => runs.Clip(Recipe, Partner!),
            _ => throw new LumenException(
                $"The recipe {RecipePath} has the kind \"{Recipe.Kind}\"; known are vae, base, adapter, backbone, clip and " + "perception."
            ),
        };
        Terminal.EndLine();
        return task;
    }

    private void Tell(TrainingForecast forecast)
    {
        _isEstimated = true;
        Terminal.Note($"estimate {forecast}");
    }

    // Previews among the pictures would be trained on by the next run, and what resumes would find other pictures.
    private void RefuseInputs()
    {
        foreach (var (pictures, what) in new[] { (Recipe.Data.Folder, "pictures"), (Recipe.Layout.Pairs?.Folder, "variants") })
            if (pictures is not null && RealPath.IsInside(RealPath.Of(Output), RealPath.Of(pictures)))
                throw new LumenException(
                    LumenErrorKind.Option,
                    $"--output-dir {Output} lies in the folder of the {what}, {pictures}: previews and checkpoints would lie among them. "
                        + "Choose an --output-dir outside."
                );
    }

    // Checkpoints of two runs in one folder would push each other out.
    private void RefuseOtherRun()
    {
        if (Resume is null && new TrainingCheckpoints(Output).Steps is { Count: > 0 } steps)
            throw new LumenException(
                $"{Output} already holds a run (checkpoint-{steps[^1]}). Add --resume-from-checkpoint latest to go on, or choose "
                    + "another --output-dir."
            );
    }

    private int Stopped(long step)
    {
        Terminal.EndLine();
        Terminal.Error.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Stopped after step {step} of {Recipe.Training.MaxTrainSteps}; checkpoint-{step} is saved. Go on with:"
            )
        );
        Terminal.Error.WriteLine($"  lumen {string.Join(' ', Flags.Select(Quoted))} --resume-from-checkpoint latest");
        return 130;
    }

    // As a shell takes it.
    private static string Quoted(string word) =>
        word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || "-_./,:=+@%".Contains(letter, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
