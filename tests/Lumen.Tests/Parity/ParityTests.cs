using Lumen.Core.Tensors;
using Lumen.Testing;
using Lumen.Testing.Parity;
using Xunit;

namespace Lumen.Tests.Parity;

/// <summary>Whole pipelines against upstream, and the runner itself.</summary>
public sealed class ParityTests
{
    [Theory]
    [InlineData("sd/io/trajectory_ddim_controlnet")]
    [InlineData("sd/io/trajectory_ddim_controlnet_scale0.5")]
    [InlineData("sd/io/trajectory_pndm")]
    public void Prompt_to_picture_is_upstreams_at_every_step(string folder) => ParityAssert.Passes(folder);

    [Fact]
    public void A_wrong_weight_fails()
    {
        using var copy = new TempFolder();
        foreach (var file in Directory.EnumerateFiles(Golden.Folder("full_scale/tiny")))
            File.Copy(file, copy.File(Path.GetFileName(file)));
        File.WriteAllText(
            copy.File("case.json"),
            File.ReadAllText(copy.File("case.json")).Replace("\"gain\": 1.0", "\"gain\": 1.01", StringComparison.Ordinal)
        );
        var lines = CaseRunner.Run(Assert.Single(ReferenceCase.Find(copy.Path)), Placement.Reference);
        Assert.Contains(lines, line => line.Verdict == Verdict.Fail && line.Output == "sample.value");
    }

    [Fact]
    public void A_case_of_an_unknown_kind_is_unsupported_not_passed()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("case.json"), """{"upstream": {"class": "SomethingElse"}}""");
        var line = Assert.Single(CaseRunner.Run(Assert.Single(ReferenceCase.Find(folder.Path)), Placement.Reference));
        Assert.Equal(Verdict.Unsupported, line.Verdict);
        Assert.Contains("SomethingElse", line.ToString());
    }
}
