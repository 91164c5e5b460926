using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// What a process computes of a step. The samples of a step are the same ones however many processes share them: whole micro-batches where
/// these can be divided evenly, equal parts of them otherwise.
/// </summary>
internal sealed record StepShare
{
    private readonly int _first; // parts of a step, counted through all of its micro-batches
    private readonly int _partsEach; // of a micro-batch
    private readonly TrainingOptions _options;

    /// <exception cref="LumenException">The step cannot be divided so.</exception>
    public StepShare(ITrainingTask task, TrainingOptions options, (int Rank, int Size) process)
    {
        var (microBatches, batch) = (options.GradientAccumulationSteps, options.TrainBatchSize);
        var divisor = Divisor(microBatches, process.Size);
        (_options, _partsEach, Count) = (options, process.Size / divisor, microBatches / divisor);
        if (_partsEach > 1 && task is not IReplicatedTask)
            throw new LumenException(
                $"A step of the {task.Name} is {microBatches} micro-batch{(microBatches == 1 ? "" : "es")} whose pictures stay together, "
                    + $"so {process.Size} processes cannot share it. "
                    + (
                        task is ITrainingState
                            ? "Start one process."
                            : $"Set gradient_accumulation_steps to a multiple of {process.Size}, or start {microBatches}."
                    )
            );
        if (batch % _partsEach != 0)
            throw new LumenException(
                $"{process.Size} processes cannot share a step of {microBatches} x {batch} samples (gradient_accumulation_steps x "
                    + $"train_batch_size) evenly: {microBatches * batch} must be a multiple of {process.Size}, and each micro-batch one of "
                    + $"{_partsEach}."
            );
        _first = process.Rank * Count;
    }

    /// <summary>How many parts of the step this process computes; all of one size.</summary>
    public int Count { get; }

    /// <summary>The loss of one of them.</summary>
    /// <param name="task">The task, or a replica.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="index">0...Count-1.</param>
    /// <param name="random">The run's stream.</param>
    public Tensor Loss(ITrainingTask task, long step, int index, RandomStream random)
    {
        var part = _first + index;
        var microBatch = step * _options.GradientAccumulationSteps + part / _partsEach;
        if (_partsEach == 1)
            return task.Loss(microBatch, _options.TrainBatchSize, random);
        var samples = _options.TrainBatchSize / _partsEach;
        return ((IReplicatedTask)task).Loss(
            microBatch,
            _options.TrainBatchSize,
            new BatchPart(part % _partsEach * samples, samples),
            random
        );
    }

    private static int Divisor(int one, int other) => other == 0 ? one : Divisor(other, one % other);
}
