using System.Diagnostics;
using Lumen.Core.Processes;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// The training loop. Batch, noise and timesteps of a step depend on seed and step alone, and the checkpoint holds all the optimiser's
/// state, so N + M steps equal N steps, a stop, and M more - bit for bit.
/// </summary>
public sealed class Trainer
{
    private const int ReportEvery = 20;
    private readonly ITrainingTask _task;
    private readonly TrainingOptions _options;
    private readonly TrainingCheckpoints _checkpoints;
    private readonly ReplicaGroup _replicas;
    private readonly ICommunicator _processes;
    private long? _start; // where this line of training left an older one

    /// <param name="task">What to train.</param>
    /// <param name="options">How long and how.</param>
    /// <param name="output">Folder for checkpoints and previews; made if absent.</param>
    /// <param name="processes">
    /// The processes that share every step; null for this one alone. Each has the same task, and computes its part of the step's samples;
    /// process 0 alone writes, validates and reports.
    /// </param>
    /// <exception cref="LumenException">A setting is out of range, or the processes cannot share a step evenly.</exception>
    public Trainer(ITrainingTask task, TrainingOptions options, string output, ICommunicator? processes = null)
    {
        options.Validate();
        if (task is ITrainingState && options.GradientAccumulationSteps > 1)
            throw new LumenException(
                $"The {task.Name} compares the pictures of a batch with each other, so a step is one batch: "
                    + $"gradient_accumulation_steps must be 1 but is {options.GradientAccumulationSteps}."
            );
        (_task, _options, _processes) = (task, options, processes ?? new SingleProcess());
        _checkpoints = new TrainingCheckpoints(output);
        Store = new MasterWeights(task.Trained, options.Optimizer, task as ITrainingState);
        _replicas = new ReplicaGroup(task, Store, options, _processes);
    }

    /// <summary>Entries of the run's record that may differ from those of the checkpoint that is resumed.</summary>
    public IReadOnlyList<string> AllowedChanges { get; init; } = [];

    /// <summary>The optimiser's state.</summary>
    public MasterWeights Store { get; }

    /// <summary>Continues from a checkpoint: <c>latest</c>, <c>checkpoint-500</c> or <c>500</c>.</summary>
    /// <returns>The step it was at.</returns>
    /// <exception cref="LumenException">There is no such checkpoint, it is damaged, or it belongs to another run.</exception>
    public long Resume(string which)
    {
        var checkpoint = _checkpoints.Find(which, _options.MaxTrainSteps);
        if (_task.Record is { } record)
            RunRules.Require(checkpoint, record, AllowedChanges);
        checkpoint.RequireModel(_task);
        Store.Load(checkpoint.Path);
        _start = checkpoint.Step;
        return checkpoint.Step;
    }

    /// <summary>
    /// Checkpoints of another line of training: they lie after the one that was resumed from, and are renamed when the first one is saved.
    /// </summary>
    public IReadOnlyList<string> Left =>
        _start is { } start ? [.. _checkpoints.Steps.Where(step => step > start).Select(step => $"checkpoint-{step}")] : [];

    /// <summary>Measures two steps without changing a weight.</summary>
    public TrainingEstimate Estimate()
    {
        Rehearse();
        var watch = Stopwatch.StartNew();
        Rehearse();
        using var process = Process.GetCurrentProcess();
        var time = watch.Elapsed * (_options.MaxTrainSteps - Store.Step);
        return new TrainingEstimate(
            Store.Count,
            time,
            process.PeakWorkingSet64,
            Store.CheckpointBytes * (_options.CheckpointsTotalLimit + 1)
        );
    }

    /// <summary>One optimiser step.</summary>
    /// <returns>The loss and the gradient's norm.</returns>
    /// <exception cref="LumenException">The loss or the gradient is not finite; no weight was changed.</exception>
    public (double Loss, double GradientNorm) Step()
    {
        var loss = _replicas.Backward(Store.Step);
        var norm = double.IsFinite(loss) ? Store.Apply(_options.MaxTrainSteps) : double.NaN;
        if (double.IsFinite(norm))
            return (loss, norm);
        _replicas.Discard();
        throw Diverged(loss);
    }

    /// <summary>Trains to the end, or to the checkpoint that is written when <paramref name="stop"/> is cancelled.</summary>
    /// <returns>True if all steps are done.</returns>
    /// <exception cref="LumenException">The loss or the gradient is not finite: the message names the step and the last good
    /// checkpoint.</exception>
    public bool Run(IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        var watch = Stopwatch.StartNew();
        var start = Store.Step;
        var (sum, count) = (0.0, 0);
        ProcessAgreement.Require(_task, _options, Store, _processes);
        while (Store.Step < _options.MaxTrainSteps && !IsStopped(stop))
        {
            var (loss, norm) = Step();
            (sum, count) = (sum + loss, count + 1);
            var step = Store.Step;
            var validates = step % _options.ValidationSteps == 0 || step == _options.MaxTrainSteps;
            if (_processes.Rank > 0)
                continue;
            if (step % _options.CheckpointingSteps == 0 || step == _options.MaxTrainSteps)
                Save();
            if (!validates && step % ReportEvery != 0)
                continue;
            var secondsPerStep = watch.Elapsed.TotalSeconds / (step - start);
            var figures = validates ? Look() : []; // whether or not anybody listens
            progress?.Report(new TrainingProgress(step, _options.MaxTrainSteps, sum / count, norm, secondsPerStep, figures));
            (sum, count) = (0, 0);
        }
        if (Store.Step < _options.MaxTrainSteps && _processes.Rank == 0)
            Save();
        return Store.Step == _options.MaxTrainSteps;
    }

    /// <summary>Writes the averaged weights into a model folder.</summary>
    public void Export(string folder)
    {
        using var averaged = Store.UseAverage();
        _task.Export(folder);
    }

    /// <summary>The held-out figures of the averaged weights.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Figures()
    {
        using var averaged = Store.UseAverage();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        return _task.Validate();
    }

    private IReadOnlyList<KeyValuePair<string, double>> Look()
    {
        using var averaged = Store.UseAverage();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var figures = _task.Validate();
        _task.Preview(Path.Combine(_checkpoints.Output, "previews", $"{Store.Step:000000}.png"));
        return figures;
    }

    // All processes stop after the same step, whichever was told to.
    private bool IsStopped(CancellationToken stop)
    {
        Span<double> told = [stop.IsCancellationRequested ? 1 : 0];
        _processes.Sum(told);
        return told[0] > 0;
    }

    private void Rehearse()
    {
        _replicas.Backward(Store.Step);
        _replicas.Discard();
    }

    private void Save()
    {
        if (_start is { } start)
            _checkpoints.Retire(start);
        _start = null;
        _checkpoints.Save(Store, _options.CheckpointsTotalLimit, _task);
    }

    private LumenException Diverged(double loss)
    {
        var good =
            _checkpoints.Sound(Store.Step) is { } sound
                ? $"{sound} is sound: resume from it, allowing another training.optimizer.learning_rate or "
                    + "training.optimizer.max_grad_norm, and give a lower one"
            : _checkpoints.Steps.Count == 0
                ? "There is no checkpoint yet: start again with a lower learning rate or a smaller limit of the gradient's norm"
            : $"No checkpoint in {_checkpoints.Output} is sound: start again in another folder, with a lower learning rate or a "
                + "smaller limit of the gradient's norm";
        return new LumenException(
            $"Training of the {_task.Name} diverged at step {Store.Step + 1}: the loss is {loss}, loss or gradient not finite. {good}."
        );
    }
}
