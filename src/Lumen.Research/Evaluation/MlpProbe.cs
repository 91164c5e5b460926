using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lumen.Research.Evaluation;

/// <summary>A probe with one hidden layer of 64 ReLU units: what the features show to a map that is not linear.</summary>
public sealed class MlpProbe : Probe
{
    private const int Hidden = 64;
    private readonly Parameter[] _parameters; // [64, D], [64], [classes, 64], [classes]

    private MlpProbe(Tensor mean, Tensor deviation, Parameter[] parameters)
        : base(mean, deviation)
    {
        _parameters = parameters;
        foreach (var parameter in parameters)
            parameter.DetachFromDisposeScope();
    }

    /// <inheritdoc cref="LinearProbe.Fit"/>
    public static MlpProbe Fit(Tensor features, Tensor classes, int count, ProbeOptions? options = null)
    {
        options ??= new ProbeOptions { LearningRate = 0.01 };
        using var scope = NewDisposeScope();
        var (cells, ids, mean, deviation) = ProbeFitting.Prepare(features, classes, count);
        var random = new RandomStream(options.Seed).For(-1);
        Tensor[] initial =
        [
            random.For(0).Normal(Hidden, cells.shape[1]) * Math.Sqrt(2.0 / cells.shape[1]), // He et al. 2015
            zeros(Hidden),
            random.For(1).Normal(count, Hidden) * Math.Sqrt(1.0 / Hidden),
            zeros(count),
        ];
        var parameters = initial.Select(values => new Parameter(values)).ToArray();
        var probe = new MlpProbe(mean, deviation, parameters);
        ProbeFitting.Run(probe.Logits, parameters, (cells, ids), options);
        return probe;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var parameter in _parameters)
                parameter.Dispose();
        }

        base.Dispose(disposing);
    }

    private protected override Tensor Logits(Tensor standard)
    {
        var hidden = nn.functional.linear(standard, _parameters[0], _parameters[1]).relu(); // [n, 64]
        return nn.functional.linear(hidden, _parameters[2], _parameters[3]); // [n, classes]
    }
}
