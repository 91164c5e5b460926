namespace Lumen.Training;

/// <summary>How long and how to train; the names are those of diffusers' training scripts.</summary>
public sealed record TrainingOptions
{
    /// <summary>Steps in all.</summary>
    public long MaxTrainSteps { get; init; } = 1000;

    /// <summary>Samples a micro-batch: what one thread, or one device, computes at once.</summary>
    public int TrainBatchSize { get; init; } = 16;

    /// <summary>
    /// Micro-batches a step; their gradients are averaged. Tasks that can (vae, base, adapter) compute as many of them at once as there are
    /// threads, one thread each, which changes no bit of the result.
    /// </summary>
    public int GradientAccumulationSteps { get; init; } = 1;

    /// <summary>
    /// Whether blocks of the denoiser and the adapter are computed again for the gradient instead of kept: less memory for more time (base,
    /// adapter).
    /// </summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>
    /// Limit γ of the min-SNR weights of the loss (Hang et al. 2023; 5 there); null weighs all timesteps alike (base, adapter).
    /// </summary>
    public double? SnrGamma { get; init; }

    /// <summary>Seed of weights, order, noise and timesteps.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>AdamW, schedule, clipping, moving average.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>A checkpoint every so many steps.</summary>
    public long CheckpointingSteps { get; init; } = 500;

    /// <summary>How many checkpoints are kept.</summary>
    public int CheckpointsTotalLimit { get; init; } = 2;

    /// <summary>Validation loss and previews every so many steps.</summary>
    public long ValidationSteps { get; init; } = 500;

    /// <summary>Refuses impossible settings, all of them in one message.</summary>
    /// <exception cref="LumenException">A setting is out of range.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        Need(MaxTrainSteps >= 1, $"max_train_steps must be 1 or more but is {MaxTrainSteps}.");
        Need(TrainBatchSize >= 1, $"train_batch_size must be 1 or more but is {TrainBatchSize}.");
        Need(GradientAccumulationSteps >= 1, $"gradient_accumulation_steps must be 1 or more but is {GradientAccumulationSteps}.");
        Need(SnrGamma is null or > 0 && double.IsFinite(SnrGamma ?? 0), $"snr_gamma must be above 0 but is {SnrGamma}.");
        Need(CheckpointingSteps >= 1, $"checkpointing_steps must be 1 or more but is {CheckpointingSteps}.");
        Need(CheckpointsTotalLimit >= 1, $"checkpoints_total_limit must be 1 or more but is {CheckpointsTotalLimit}.");
        Need(ValidationSteps >= 1, $"validation_steps must be 1 or more but is {ValidationSteps}.");
        Need(
            Optimizer.LearningRate > 0 && double.IsFinite(Optimizer.LearningRate),
            $"learning_rate must be positive but is {Optimizer.LearningRate}."
        );
        Need(
            Optimizer.LrScheduler is "constant" or "cosine" or "linear",
            $"lr_scheduler must be constant, cosine or linear but is {Optimizer.LrScheduler}."
        );
        Need(Optimizer.LrWarmupSteps >= 0, $"lr_warmup_steps must be 0 or more but is {Optimizer.LrWarmupSteps}.");
        Need(
            Optimizer.Moments is "float32" or "bfloat16" or "int8",
            $"moments must be float32, bfloat16 or int8 but is {Optimizer.Moments}."
        );
        Need(Optimizer.EmaDevice is null or "cpu", $"ema_device must be cpu, or be left out, but is {Optimizer.EmaDevice}.");
        Need(Optimizer.EmaDecay is >= 0 and < 1, $"ema_decay must be in [0, 1) but is {Optimizer.EmaDecay}.");
        if (faults.Count > 0)
            throw new LumenException($"The training settings cannot be used: {string.Join(" ", faults)}");

        void Need(bool condition, string fault)
        {
            if (!condition)
                faults.Add(fault);
        }
    }
}

/// <summary>Where a training run is.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Total">Steps in all.</param>
/// <param name="Loss">Mean training loss since the last report.</param>
/// <param name="GradientNorm">Norm of the last gradient before clipping.</param>
/// <param name="SecondsPerStep">Mean over this session.</param>
/// <param name="Validation">Held-out figures where this step has them, else empty.</param>
public sealed record TrainingProgress(
    long Step,
    long Total,
    double Loss,
    double GradientNorm,
    double SecondsPerStep,
    IReadOnlyList<KeyValuePair<string, double>> Validation
)
{
    /// <summary>Estimated time to the end.</summary>
    public TimeSpan Remaining => TimeSpan.FromSeconds((Total - Step) * SecondsPerStep);
}
