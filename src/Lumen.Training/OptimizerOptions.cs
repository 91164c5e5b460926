using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>AdamW with warm-up, a learning-rate schedule, gradient clipping and an exponential moving average of the weights.</summary>
public sealed record OptimizerOptions
{
    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary><c>constant</c>, <c>cosine</c> (to 1 % of the peak) or <c>linear</c> (to zero).</summary>
    public string LrScheduler { get; init; } = "cosine";

    /// <summary>Steps of linear warm-up.</summary>
    public long LrWarmupSteps { get; init; } = 200;

    /// <summary>Decay of the first moment.</summary>
    public double AdamBeta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    public double AdamBeta2 { get; init; } = 0.99;

    /// <summary>Added to the denominator.</summary>
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay (Loshchilov and Hutter 2019).</summary>
    public double AdamWeightDecay { get; init; } = 0.01;

    /// <summary>Largest norm of the whole gradient; 0 does not clip.</summary>
    public double MaxGradNorm { get; init; } = 1;

    /// <summary>
    /// Type of both moments: <c>float32</c>; <c>bfloat16</c>, which halves their memory and their part of a checkpoint; or <c>int8</c>, a
    /// quarter, in blocks of 256 numbers with a scale each (Dettmers et al. 2022). The narrow ones are rounded stochastically.
    /// </summary>
    public string Moments { get; init; } = "float32";

    /// <summary>
    /// Decay of the weights' moving average, warmed up as (1 + step) / (10 + step); 0 keeps none and takes the weights as they are.
    /// </summary>
    public double EmaDecay { get; init; } = 0.999;

    /// <summary>
    /// Where the average is kept: <c>cpu</c>, which frees device memory for a copy of the weights a step; null for where the weights are.
    /// On the processor they are the same.
    /// </summary>
    public string? EmaDevice { get; init; }

    internal ScalarType MomentType =>
        Moments switch
        {
            "bfloat16" => ScalarType.BFloat16,
            "int8" => ScalarType.Byte,
            _ => ScalarType.Float32,
        };

    internal bool KeepsAverage => EmaDecay > 0;

    /// <summary>Bytes a trained value of what a checkpoint holds: weight, both moments, average.</summary>
    internal double StateBytes => sizeof(float) + MomentBytes + (KeepsAverage ? sizeof(float) : 0);

    /// <summary>The same of what is kept beside the weights.</summary>
    /// <param name="onProcessor">Whether these are on the processor.</param>
    internal double StateBytesWith(bool onProcessor) =>
        StateBytes - (KeepsAverage && EmaDevice == "cpu" && !onProcessor ? sizeof(float) : 0);

    private double MomentBytes =>
        MomentType switch
        {
            ScalarType.BFloat16 => 4,
            ScalarType.Byte => 2 * DynamicCode.Bytes,
            _ => 8,
        };

    /// <summary>Learning rate of a step, counted from 0.</summary>
    public double RateAt(long step, long total)
    {
        if (step < LrWarmupSteps)
            return LearningRate * ((step + 1) / (double)LrWarmupSteps);
        var fraction = Math.Clamp((step - LrWarmupSteps) / (double)Math.Max(1, total - LrWarmupSteps), 0, 1);
        return LrScheduler switch
        {
            "constant" => LearningRate,
            "linear" => LearningRate * (1 - fraction),
            _ => LearningRate * (0.01 + 0.99 * 0.5 * (1 + Math.Cos(Math.PI * fraction))),
        };
    }
}
