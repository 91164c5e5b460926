using Lumen.Metrics;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity.Measures;

/// <summary>Depth errors: pooled, of each map, and after both ways to align.</summary>
internal sealed class DepthCases : MeasureCases
{
    protected override bool FitsInputs(ReferenceCase reference) =>
        reference.HasInputs("gt", "pred") && ExpectedFigures.FieldsOf(reference).Contains("all");

    protected override void Compare(CaseRun run, ExpectedFigures expected)
    {
        var (truth, predicted) = (Values(run.Inputs["gt"]), Values(run.Inputs["pred"]));
        Compare(expected, "all", truth, predicted);
        for (var i = 0; i < run.Inputs["gt"].shape[0]; i++)
            Compare(expected, $"per_image/{i}", Values(run.Inputs["gt"][i]), Values(run.Inputs["pred"][i]));
        var median = DepthAlignment.ByMedian(truth, predicted);
        expected.Compare("median_scale", median.Scale);
        Compare(expected, "median_scaled", truth, median.Apply(predicted));
        var affine = DepthAlignment.ByLeastSquares(truth, predicted);
        expected.CompareAll("scale_shift", [affine.Scale, affine.Shift]);
        Compare(expected, "scale_shift_aligned", truth, affine.Apply(predicted));
    }

    private static void Compare(ExpectedFigures expected, string part, float[] truth, float[] predicted)
    {
        var errors = new DepthErrors();
        errors.Add(truth, predicted);
        var figures = errors.Figures();
        var found = new Dictionary<string, double>
        {
            ["abs_rel"] = figures.AbsRel,
            ["sq_rel"] = figures.SqRel,
            ["rmse"] = figures.Rmse,
            ["rmse_log"] = figures.RmseLog,
            ["log10"] = figures.Log10,
            ["mae"] = figures.Mae,
            ["delta1"] = figures.Delta1,
            ["delta2"] = figures.Delta2,
            ["delta3"] = figures.Delta3,
            ["silog"] = figures.SiLog,
            ["silog_x100"] = figures.SiLog * 100,
            ["si_mse_log_half"] = figures.ScaleInvariantMseLog,
        };
        foreach (var (name, value) in found)
            expected.Compare($"{part}/{name}", value);
    }

    private static float[] Values(Tensor map) => map.contiguous().data<float>().ToArray();
}
