using System.Text.RegularExpressions;
using Lumen.Scenes;
using Xunit;

namespace Lumen.Tests.Architecture;

/// <summary>What a user of one package receives with it. Which project may use which, the compiler holds.</summary>
public partial class ProjectArrowTests
{
    /// <summary>What each project refers to itself; docs/architecture.md draws the same arrows.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Lumen.Files"] = [],
        ["Lumen.Imaging"] = ["Lumen.Files"],
        ["Lumen.Datasets"] = ["Lumen.Imaging"],
        ["Lumen.Scenes"] = ["Lumen.Imaging"],
        ["Lumen.Core"] = ["Lumen.Imaging"],
        ["Lumen.Metrics"] = ["Lumen.Core"],
        ["Lumen.Models"] = ["Lumen.Core"],
        ["Lumen"] = ["Lumen.Models"],
        ["Lumen.Extensions.AI"] = ["Lumen"],
        ["Lumen.Onnx"] = ["Lumen"],
        ["Lumen.Augmentation"] = ["Lumen", "Lumen.Datasets"],
        ["Lumen.Training"] = ["Lumen", "Lumen.Augmentation", "Lumen.Datasets", "Lumen.Metrics", "Lumen.Scenes"],
        ["Lumen.Research"] = ["Lumen.Augmentation", "Lumen.Training"],
        ["Lumen.Studio"] = ["Lumen.Augmentation", "Lumen.Training"],
        ["Lumen.Cli"] = ["Lumen.Onnx", "Lumen.Research", "Lumen.Studio"],
    };

    [Fact]
    public void Projects_reference_only_what_the_architecture_allows()
    {
        foreach (var path in SourceTree.Files("src", ".csproj"))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            Assert.True(
                Allowed.ContainsKey(name),
                $"{path} is a project that the architecture does not know. Add it here and to docs/architecture.md."
            );
            Assert.Equal(Allowed[name].Order(), References(name).Order());
        }
    }

    [Fact]
    public void Nothing_in_src_references_a_test_or_a_benchmark() =>
        Assert.DoesNotContain(
            SourceTree.Files("src", ".csproj"),
            path =>
                SourceTree.Text(path).Contains("/tests/", StringComparison.Ordinal)
                || SourceTree.Text(path).Contains("/benchmarks/", StringComparison.Ordinal)
        );

    [Theory]
    [InlineData("Lumen.Files", "CsvHelper")]
    [InlineData("Lumen.Datasets", "CsvHelper, BitMiracle.LibTiff.NET, SkiaSharp, SkiaSharp.NativeAssets.Linux.NoDependencies")]
    [InlineData("Lumen.Scenes", "CsvHelper, BitMiracle.LibTiff.NET, SkiaSharp, SkiaSharp.NativeAssets.Linux.NoDependencies")]
    [InlineData("Lumen", "CsvHelper, BitMiracle.LibTiff.NET, SkiaSharp, SkiaSharp.NativeAssets.Linux.NoDependencies, TorchSharp, Tomlyn")]
    [InlineData(
        "Lumen.Extensions.AI",
        "CsvHelper, BitMiracle.LibTiff.NET, SkiaSharp, SkiaSharp.NativeAssets.Linux.NoDependencies, TorchSharp, Tomlyn, "
            + "Microsoft.Extensions.AI.Abstractions, Microsoft.Extensions.DependencyInjection.Abstractions, "
            + "Microsoft.Extensions.Logging.Abstractions, Microsoft.Extensions.Options"
    )]
    public void A_package_brings_no_more_packages_than_it_needs(string project, string packages) =>
        Assert.Equal(packages.Split(", ").Order(), Closure(project).SelectMany(Packages).Distinct().Order());

    [Theory]
    [InlineData("Lumen", "Lumen.Scenes")]
    [InlineData("Lumen", "Lumen.Datasets")]
    [InlineData("Lumen.Augmentation", "Lumen.Scenes")]
    [InlineData("Lumen.Datasets", "Lumen.Core")]
    public void A_package_does_not_bring(string project, string other) => Assert.DoesNotContain(other, Closure(project));

    [Fact]
    public void The_compiled_street_world_knows_nothing_of_libtorch() =>
        Assert.DoesNotContain(
            typeof(StreetRenderer).Assembly.GetReferencedAssemblies(),
            name => name.Name!.StartsWith("TorchSharp", StringComparison.Ordinal)
        );

    private static IEnumerable<string> References(string project) => Named(project, Reference());

    private static IEnumerable<string> Packages(string project) => Named(project, Package());

    private static IEnumerable<string> Named(string project, Regex what) =>
        what.Matches(SourceTree.Text($"src/{project}/{project}.csproj")).Select(match => match.Groups[1].Value);

    private static HashSet<string> Closure(string project) => [project, .. References(project).SelectMany(Closure)];

    [GeneratedRegex(@"<ProjectReference Include=""[^""]*?([\w.]+)\.csproj""")]
    private static partial Regex Reference();

    [GeneratedRegex(@"<PackageReference Include=""([^""]+)""")]
    private static partial Regex Package();
}
