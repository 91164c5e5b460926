using System.Diagnostics;
using System.Text.Json.Nodes;
using Lumen.Core.Tensors;
using Lumen.Files;
using Lumen.Training.Perception;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// Trains perception networks on any labelled set: what studies call. The same data, options and seed give the same weights.
/// </summary>
public static class PerceptionTraining
{
    private const int ReportEvery = 20;

    /// <summary>Trains a fresh network for as many steps as the options say.</summary>
    /// <param name="train">Training pictures.</param>
    /// <param name="validation">Pictures for the figures during training. Nothing is chosen by them, but the weights that are kept with
    /// <see cref="PerceptionOptions.EarlyStopping"/>.</param>
    /// <param name="options">Steps, seed, heads, augmentation; with a folder, the run can be stopped and continues where it was.</param>
    /// <param name="progress">Called every 20 steps, with figures every <c>ValidationSteps</c>.</param>
    /// <param name="stop">Ends the run; with a folder, after saving a checkpoint.</param>
    /// <returns>The network with the averaged weights; the caller disposes it.</returns>
    /// <exception cref="LumenException">Settings or data cannot be used, or training diverged.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was set.</exception>
    public static PerceptionNetwork Run(
        PerceptionData train,
        PerceptionData validation,
        PerceptionOptions options,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken stop = default
    )
    {
        options.EarlyStopping?.Validate(options);
        using var owned = options.OutputDir is { } output ? FolderLock.Take(output, "training of a perception network") : null;
        if (options.OutputDir is not null)
            options = options with { Record = options.Record ?? RecordOf(train, validation, options) };
        var task = Task(train, validation, options);
        using var network = task.Network;
        var trainer = new Trainer(task, options.Training, options.OutputDir ?? "");
        if (options.EarlyStopping is { } stopping)
            return new EarlyStoppedRun(trainer, network, stopping).Run(options.Training, progress, stop);
        if (options.OutputDir is null)
            Steps(trainer, options.Training, progress, stop);
        else
        {
            if (new TrainingCheckpoints(options.OutputDir).Steps.Count > 0)
                trainer.Resume("latest");
            trainer.Run(progress, stop);
        }
        if (trainer.Store.Step < options.Training.MaxTrainSteps)
            throw new OperationCanceledException(stop);
        using var averaged = trainer.Store.UseAverage();
        return Copy(network);
    }

    /// <summary>The task that <see cref="Run"/> trains: a fresh network with weights from the seed.</summary>
    /// <exception cref="LumenException">Settings or data cannot be used.</exception>
    public static PerceptionTask Task(PerceptionData train, PerceptionData validation, PerceptionOptions options)
    {
        options.Training.Validate();
        var network = new PerceptionNetwork(options.Network ?? PerceptionConfig.For(train), options.Placement);
        WeightInitialisation.Apply(network, new RandomStream(options.Training.Seed).For(-1));
        return new PerceptionTask(network, train, validation, options);
    }

    private static RunRecord RecordOf(PerceptionData train, PerceptionData validation, PerceptionOptions options)
    {
        var settings = new JsonObject
        {
            ["kind"] = "perception",
            ["network"] = JsonNode.Parse((options.Network ?? PerceptionConfig.For(train)).ToJson()),
            ["perception"] = new JsonObject
            {
                ["augmentation"] = RunEntries.Node(options.Augmentation),
                ["weights"] = RunEntries.Node(options.Weights),
            },
            ["training"] = RunEntries.Node(options.Training),
        };
        return RunRecord
            .Of(settings)
            .With(RunEntries.Compute, RunEntries.Of(options.Placement))
            .With(RunEntries.Pictures, train.Fingerprint())
            .With(RunEntries.HeldOut, validation.Fingerprint());
    }

    private static void Steps(Trainer trainer, TrainingOptions options, IProgress<TrainingProgress>? progress, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        var (sum, count) = (0.0, 0);
        while (trainer.Store.Step < options.MaxTrainSteps)
        {
            stop.ThrowIfCancellationRequested();
            var (loss, norm) = trainer.Step();
            (sum, count) = (sum + loss, count + 1);
            var step = trainer.Store.Step;
            var validates = step % options.ValidationSteps == 0 || step == options.MaxTrainSteps;
            if (progress is null || (!validates && step % ReportEvery != 0))
                continue;
            progress.Report(
                new TrainingProgress(
                    step,
                    options.MaxTrainSteps,
                    sum / count,
                    norm,
                    watch.Elapsed.TotalSeconds / step,
                    validates ? trainer.Figures() : []
                )
            );
            (sum, count) = (0, 0);
        }
    }

    internal static PerceptionNetwork Copy(PerceptionNetwork network)
    {
        using var frozen = no_grad();
        var copy = new PerceptionNetwork(network.Config, network.Placement);
        using var scope = NewDisposeScope();
        var weights = network.state_dict();
        foreach (var (name, weight) in copy.state_dict())
            weight.copy_(weights[name]);
        return copy;
    }
}
