using Lumen.Testing.Parity;
using Xunit;

namespace Lumen.Tests.Metrics;

/// <summary>Numbers of scipy, scikit-learn, scikit-image, the COCO panoptic rules and LPIPS.</summary>
public sealed class MeasureGoldenTests
{
    [Theory]
    [InlineData("clip_score")]
    [InlineData("depth")]
    [InlineData("fid")]
    [InlineData("fid_singular")]
    [InlineData("kid")]
    [InlineData("lpips_formula")]
    [InlineData("normals")]
    [InlineData("panoptic")]
    [InlineData("segmentation")]
    [InlineData("ssim")]
    public void Measures_are_those_of_the_reference(string name) => ParityAssert.Passes($"metrics/{name}");

    [Fact]
    public void A_figure_that_nothing_computes_is_not_passed_over()
    {
        using var copy = new Lumen.Testing.TempFolder();
        foreach (var file in Directory.EnumerateFiles(Lumen.Testing.Golden.Folder("metrics/fid")))
            File.Copy(file, copy.File(Path.GetFileName(file)));
        File.WriteAllText(
            copy.File("expected.json"),
            File.ReadAllText(copy.File("expected.json")).Replace("\"fid_eigh\"", "\"something_else\"", StringComparison.Ordinal)
        );
        var lines = CaseRunner.Run(Assert.Single(ReferenceCase.Find(copy.Path)), Lumen.Core.Tensors.Placement.Reference);
        Assert.Contains(lines, line => line.Verdict == Verdict.Unsupported && line.Output == "something_else");
    }
}
