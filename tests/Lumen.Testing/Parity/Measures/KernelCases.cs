using Lumen.Metrics;

namespace Lumen.Testing.Parity.Measures;

/// <summary>KID of two sets of feature rows, whole and by given subsets.</summary>
internal sealed class KernelCases : MeasureCases
{
    protected override bool FitsInputs(ReferenceCase reference) =>
        reference.HasInputs("features_a", "features_b")
        && ExpectedFigures.FieldsOf(reference).Any(name => name.StartsWith("kid", StringComparison.Ordinal));

    protected override void Compare(CaseRun run, ExpectedFigures expected)
    {
        var (one, other) = (run.Inputs["features_a"], run.Inputs["features_b"]);
        expected.Compare("kid_all", KernelDistance.Between(one, other));
        if (!run.Case.HasInputs("subset_a", "subset_b"))
            return;
        var (first, second) = (run.Inputs["subset_a"], run.Inputs["subset_b"]);
        var distances = Enumerable
            .Range(0, (int)first.shape[0])
            .Select(i => KernelDistance.Between(one.index_select(0, first[i]), other.index_select(0, second[i])))
            .ToArray();
        expected.CompareAll("kid_subsets", distances.Select(distance => (double?)distance));
        var mean = distances.Average();
        expected.Compare("kid_mean", mean);
        expected.Compare("kid_std", Math.Sqrt(distances.Average(distance => (distance - mean) * (distance - mean))));
    }
}
