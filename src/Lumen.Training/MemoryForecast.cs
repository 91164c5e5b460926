using System.Globalization;
using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// The peak of a run's memory, counted before a weight is read: parameters by networks without memory, activations tensor by tensor as
/// PyTorch's operators keep them, states by the recipe.
/// </summary>
internal abstract record MemoryForecast
{
    private const double FusedLimit = 1e8; // trained values up to which a micro-batch has one thread
    private const double LargestGradient = 3; // in float32 accumulators, of the largest convolution's weights

    /// <summary>What the process takes already.</summary>
    public required long Floor { get; init; }

    /// <summary>Where it is computed, and in which type.</summary>
    public required Placement Placement { get; init; }

    /// <summary>Threads that libtorch may use.</summary>
    public required int Threads { get; init; }

    /// <summary>Values that are trained.</summary>
    public abstract long Trained { get; }

    /// <summary>What the side that a step's memory grows with is called in a recipe.</summary>
    public virtual string Side => "resolution";

    /// <summary>
    /// Whether a step computes the same in smaller batches: not where the pictures of a batch are compared with each other.
    /// </summary>
    public virtual bool SplitsBatches => true;

    /// <summary>The libraries' own memory, beyond what they take when they are loaded.</summary>
    protected virtual double Unfolding => 1.9e8;

    /// <summary>
    /// Share of what is kept that lies beside it unused: where all maps of a level have one size, as in networks of convolutions alone, the
    /// C library puts none where another of its size has been, as it aligns within the hole. Measured.
    /// </summary>
    protected virtual double Holes => 0;

    /// <summary>Whether micro-batches may be computed at once, each by a copy of the networks.</summary>
    protected virtual bool HasReplicas => true;

    /// <summary>Bytes a value of what is computed.</summary>
    protected double Bytes => Placement.Compute == ScalarType.Float32 ? 4 : 2;

    /// <summary>The parts of the peak in words, and their sum.</summary>
    /// <param name="side">Pixels of what a step sees.</param>
    /// <param name="training">Batches, states, switches.</param>
    public abstract MemoryPeak Of(int side, TrainingOptions training);

    /// <summary>What every run takes.</summary>
    protected (string, double)[] Common(TrainingOptions training) =>
        [
            ("the program", Floor + Unfolding),
            (
                "weights in float32, moments and average",
                Trained * training.Optimizer.StateBytesWith(Placement.Device.type == TorchSharp.DeviceType.CPU)
            ),
            ("the sum of gradients", training.GradientAccumulationSteps > 1 ? 4.0 * Trained : 0),
        ];

    /// <summary>Micro-batches that are computed at once.</summary>
    protected int Parallel(TrainingOptions training) =>
        HasReplicas && training.GradientAccumulationSteps > 1 && Trained < FusedLimit
            ? Math.Min(Threads, training.GradientAccumulationSteps)
            : 1;

    /// <summary>How a gradient is computed by so many threads side by side: which kernels, and what they keep of attention.</summary>
    protected (bool Fused, int ValuesPerScore) Kernels(int parallel)
    {
        var narrow = Placement.Device.type == TorchSharp.DeviceType.CPU && Bytes == 2;
        var fused = narrow && (parallel > 1 || Threads == 1);
        return (fused, fused ? 1 : 0);
    }

    /// <summary>What the gradient of a convolution's weights takes while it is computed.</summary>
    protected double WeightGradient(double values, int parallel) =>
        LargestGradient * sizeof(float) * values * (parallel > 1 ? parallel : Math.Min(2, Threads));

    /// <summary>Parameters of a network that is made without memory.</summary>
    protected static long Count(Func<Placement, nn.Module> make, Func<string, bool>? which = null)
    {
        using var scope = NewDisposeScope();
        using var plan = make(new Placement(META, ScalarType.BFloat16));
        return plan.named_parameters().Where(one => which?.Invoke(one.name) ?? true).Sum(one => one.parameter.numel());
    }
}

/// <summary>The most memory that a run takes at once.</summary>
/// <param name="Parts">What it is made of, in words and bytes.</param>
internal sealed record MemoryPeak(IReadOnlyList<(string What, double Bytes)> Parts)
{
    /// <summary>All of it.</summary>
    public double Bytes => Parts.Sum(part => part.Bytes);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"about {Bytes / 1e9:0.00} GB at the peak: ")
        + string.Join(
            ", ",
            Parts
                .Where(part => part.Bytes >= 0.05e9)
                .OrderByDescending(part => part.Bytes)
                .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.What} {part.Bytes / 1e9:0.0}"))
        );
}
