using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lumen.Research.Evaluation;

/// <summary>Multinomial logistic regression on standardised features: what a linear map of them shows.</summary>
public sealed class LinearProbe : Probe
{
    private readonly Parameter _weight; // [classes, D]
    private readonly Parameter _bias; // [classes]

    private LinearProbe(Tensor mean, Tensor deviation, Parameter weight, Parameter bias)
        : base(mean, deviation)
    {
        (_weight, _bias) = (weight, bias);
        _weight.DetachFromDisposeScope();
        _bias.DetachFromDisposeScope();
    }

    /// <summary>Fits a probe.</summary>
    /// <param name="features">[n, D], finite, any floating type.</param>
    /// <param name="classes">[n], 0...<paramref name="count"/> - 1, int64.</param>
    /// <param name="count">Number of classes, at least 2.</param>
    /// <param name="options">How to fit.</param>
    /// <exception cref="LumenException">A class id is out of range or a feature not finite.</exception>
    public static LinearProbe Fit(Tensor features, Tensor classes, int count, ProbeOptions? options = null)
    {
        using var scope = NewDisposeScope();
        var (cells, ids, mean, deviation) = ProbeFitting.Prepare(features, classes, count);
        var weight = new Parameter(zeros(count, cells.shape[1]));
        var bias = new Parameter(zeros(count));
        var probe = new LinearProbe(mean, deviation, weight, bias);
        ProbeFitting.Run(probe.Logits, [weight, bias], (cells, ids), options ?? new ProbeOptions());
        return probe;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _weight.Dispose();
            _bias.Dispose();
        }

        base.Dispose(disposing);
    }

    private protected override Tensor Logits(Tensor standard) => nn.functional.linear(standard, _weight, _bias);
}
