using Lumen.Metrics;

namespace Lumen.Testing.Parity.Measures;

/// <summary>SSIM, PSNR and squared error of pictures.</summary>
internal sealed class SimilarityCases : MeasureCases
{
    protected override bool FitsInputs(ReferenceCase reference) => reference.HasInputs("image_a", "image_b", "gray_a", "gray_b");

    protected override void Compare(CaseRun run, ExpectedFigures expected)
    {
        var (gray, grayOther, color, colorOther) = (Bytes("gray_a"), Bytes("gray_b"), Bytes("image_a"), Bytes("image_b"));
        var (width, height) = ((int)run.Inputs["gray_a"].shape[1], (int)run.Inputs["gray_a"].shape[0]);
        expected.CompareNumbered("gray_default_win", size => Gray(new SimilarityWindow((int)size)));
        expected.CompareNumbered("color_default_win", size => Color(new SimilarityWindow((int)size)));
        expected.CompareNumbered("gray_win", size => Gray(new SimilarityWindow((int)size)));
        expected.Compare("gray_gaussian_1.5", Gray(SimilarityWindow.Gaussian));
        expected.Compare("color_gaussian_1.5", Color(SimilarityWindow.Gaussian));
        expected.Compare("color_gaussian_1.5_float01", Color(SimilarityWindow.Gaussian));
        expected.Compare("psnr_color", PictureError.Psnr(color, colorOther));
        expected.Compare("mse_color", PictureError.MeanSquared(color, colorOther));

        double Gray(SimilarityWindow window) => StructuralSimilarity.Between(gray, grayOther, (width, height, 1), window);

        double Color(SimilarityWindow window) => StructuralSimilarity.Between(color, colorOther, (width, height, 3), window);

        byte[] Bytes(string name) => run.Inputs[name].contiguous().data<byte>().ToArray();
    }
}
