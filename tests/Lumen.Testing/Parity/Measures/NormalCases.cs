using Lumen.Metrics;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity.Measures;

/// <summary>Angles between normals under a mask.</summary>
internal sealed class NormalCases : MeasureCases
{
    protected override bool FitsInputs(ReferenceCase reference) => reference.HasInputs("gt", "pred", "mask_u8");

    protected override void Compare(CaseRun run, ExpectedFigures expected)
    {
        var errors = new NormalErrors();
        errors.Add(
            Vectors(run.Inputs["gt"]),
            Vectors(run.Inputs["pred"]),
            Array.ConvertAll(run.Inputs["mask_u8"].contiguous().data<byte>().ToArray(), flag => flag != 0)
        );
        expected.Compare("mean", errors.Mean);
        expected.Compare("median", errors.Median);
        expected.Compare("rmse", errors.Rmse);
        expected.Compare("count", errors.Count);
        expected.CompareNumbered("within_", errors.Within);
    }

    // [B, 3, H, W] -> [B, H, W, 3]
    private static float[] Vectors(Tensor maps) => maps.permute(0, 2, 3, 1).contiguous().data<float>().ToArray();
}
