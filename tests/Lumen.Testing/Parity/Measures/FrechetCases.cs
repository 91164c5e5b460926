using Lumen.Metrics;

namespace Lumen.Testing.Parity.Measures;

/// <summary>FID of two sets of feature rows.</summary>
internal sealed class FrechetCases : MeasureCases
{
    protected override bool FitsInputs(ReferenceCase reference) =>
        reference.HasInputs("features_a", "features_b") && ExpectedFigures.FieldsOf(reference).Contains("fid");

    protected override void Compare(CaseRun run, ExpectedFigures expected)
    {
        var distance = FrechetDistance.Between(run.Inputs["features_a"], run.Inputs["features_b"]);
        foreach (var name in new[] { "fid", "fid_sqrtm", "fid_eigh" })
            expected.Compare(name, distance);
    }
}
