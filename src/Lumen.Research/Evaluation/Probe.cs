using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Research.Evaluation;

/// <summary>
/// A small classifier on frozen features, one cell at a time: how much of a property (class, time of day) can be read off them.
/// Deterministic: the same data and options give the same probe.
/// </summary>
public abstract class Probe : IDisposable
{
    private readonly Tensor _mean; // [D]
    private readonly Tensor _deviation; // [D]

    private protected Probe(Tensor mean, Tensor deviation)
    {
        _mean = mean.DetachFromDisposeScope();
        _deviation = deviation.DetachFromDisposeScope();
    }

    /// <summary>D, features per cell.</summary>
    public int Features => (int)_mean.shape[0];

    /// <summary>Class ids of cells.</summary>
    /// <param name="features">[n, D], any floating type.</param>
    /// <returns>[n], 0...classes - 1, int64; the caller disposes it.</returns>
    public Tensor Predict(Tensor features)
    {
        Shape.Require(features, nameof(features), $"[n, {Features}]", s => s is [_, var d] && d == Features);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var standard = (features.to(ScalarType.Float32) - _mean) / _deviation;
        return Logits(standard).argmax(1).MoveToOuterDisposeScope();
    }

    /// <summary>Share of cells whose class is predicted, 0...1.</summary>
    /// <param name="features">[n, D], any floating type.</param>
    /// <param name="classes">[n], class ids, int64.</param>
    public double Accuracy(Tensor features, Tensor classes)
    {
        Shape.Require(classes, nameof(classes), $"[{features.shape[0]}]", s => s is [var n] && n == features.shape[0]);
        using var scope = NewDisposeScope();
        return Predict(features).eq(classes).to(ScalarType.Float64).mean().item<double>();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the probe owns.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _mean.Dispose();
        _deviation.Dispose();
    }

    // standard: [n, D], standardised, float32 -> [n, classes]
    private protected abstract Tensor Logits(Tensor standard);
}

/// <summary>
/// How a probe is fitted: Adam on cross-entropy with a cosine schedule. The defaults fit 100,000 cells of 320 features in seconds.
/// </summary>
public sealed record ProbeOptions
{
    /// <summary>Passes over the cells; small sets get more, see <see cref="MinimumSteps"/>.</summary>
    public int Epochs { get; init; } = 12;

    /// <summary>Updates that are made at least.</summary>
    public int MinimumSteps { get; init; } = 300;

    /// <summary>Cells per update.</summary>
    public int BatchSize { get; init; } = 4096;

    /// <summary>First learning rate; falls to zero along half a cosine.</summary>
    public double LearningRate { get; init; } = 0.02;

    /// <summary>Decoupled weight decay per update, times the learning rate.</summary>
    public double WeightDecay { get; init; } = 1e-3;

    /// <summary>Seed of initial weights and of the order of the cells.</summary>
    public ulong Seed { get; init; }
}
