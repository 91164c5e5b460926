using System.Text.RegularExpressions;
using Lumen.Core;
using Lumen.Models.Denoising;
using Lumen.Scenes;
using Xunit;

namespace Lumen.Tests.Architecture;

public partial class ProjectArrowTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Lumen.Core"] = [],
        ["Lumen.Scenes"] = ["Lumen.Core"],   // imaging types and LumenException
        ["Lumen.Models"] = ["Lumen.Core"],
        ["Lumen"] = ["Lumen.Models", "Lumen.Scenes"],
        ["Lumen.Cli"] = ["Lumen"],
    };

    [Fact]
    public void Projects_reference_only_what_the_architecture_allows()
    {
        foreach (var path in SourceTree.Files("src", ".csproj"))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            Assert.True(Allowed.ContainsKey(name), $"{path} is a project that the architecture does not know. Add it here and to docs/architecture.md.");
            var references = Reference().Matches(SourceTree.Text(path)).Select(match => match.Groups[1].Value);
            Faults.None(references.Except(Allowed[name]));
        }
    }

    [Fact]
    public void Nothing_in_src_references_a_test_or_a_benchmark() =>
        Assert.DoesNotContain(SourceTree.Files("src", ".csproj"), path => SourceTree.Text(path).Contains("/tests/", StringComparison.Ordinal) || SourceTree.Text(path).Contains("/benchmarks/", StringComparison.Ordinal));

    [Fact]
    public void The_scenes_know_nothing_of_libtorch()
    {
        var assembly = typeof(StreetRenderer).Assembly;
        Assert.DoesNotContain(assembly.GetReferencedAssemblies(), name => name.Name!.StartsWith("TorchSharp", StringComparison.Ordinal));
        Assert.DoesNotContain(SourceTree.Code("src/Lumen.Scenes"), path => SourceTree.CodeOf(path).Contains("TorchSharp", StringComparison.Ordinal));
    }

    [Fact]
    public void Compiled_assemblies_agree_with_the_project_files()
    {
        Assert.Equal(["Lumen.Core"], Own(typeof(UNet2DConditionModel)));
        Assert.Equal(["Lumen.Core"], Own(typeof(StreetRenderer)));
        Faults.None(Own(typeof(LumenException)));

        static IEnumerable<string?> Own(Type type) =>
            type.Assembly.GetReferencedAssemblies().Select(name => name.Name).Where(name => name!.StartsWith("Lumen", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"<ProjectReference Include=""[^""]*?([\w.]+)\.csproj""")]
    private static partial Regex Reference();
}
