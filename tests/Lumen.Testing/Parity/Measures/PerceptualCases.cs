using System.Globalization;
using Lumen.Metrics;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity.Measures;

/// <summary>The formula of LPIPS on given features.</summary>
internal sealed class PerceptualCases : MeasureCases
{
    protected override bool FitsInputs(ReferenceCase reference) => reference.HasInputs("feats0.0", "feats1.0");

    protected override void Compare(CaseRun run, ExpectedFigures expected)
    {
        var count = run.Inputs.Keys.Count(name => name.StartsWith("feats0.", StringComparison.Ordinal));
        var (one, other, weights) = (Layers("feats0.{0}"), Layers("feats1.{0}"), Layers("lin{0}.model.1.weight"));
        expected.CompareAll("distance", Values(PerceptualDistance.Between(one, other, weights)));
        for (var i = 0; i < count; i++)
            expected.CompareAll($"per_layer/{i}", Values(PerceptualDistance.Layer(one[i], other[i], weights[i])));

        Tensor[] Layers(string name) =>
            [.. Enumerable.Range(0, count).Select(i => run.Inputs[string.Format(CultureInfo.InvariantCulture, name, i)])];
    }

    private static IEnumerable<double?> Values(Tensor distances) =>
        distances.data<double>().ToArray().Select(distance => (double?)distance);
}
