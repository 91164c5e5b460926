using System.Text.RegularExpressions;
using System.Xml.Linq;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Architecture;

/// <summary>
/// What a reader of a package list sees, and that nothing is pinned for nobody. The stage "packages" of .ci/run packs and installs.
/// </summary>
public partial class PackageTests
{
    private static readonly string[] NotPublished = ["Lumen.Research", "Lumen.Studio"];

    public static TheoryData<string> Packages =>
        [.. SourceTree.Files("src", ".csproj").Select(path => Path.GetFileNameWithoutExtension(path)!).Except(NotPublished).Order()];

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_says_what_it_is(string name)
    {
        Assert.InRange(Property($"src/{name}/{name}.csproj", "Description")?.Length ?? 0, 60, 200);
        Assert.StartsWith(
            name == "Lumen.Cli" ? "# lumen\n" : $"# {name}\n",
            File.ReadAllText(Path.Combine(Golden.Repository, "src", name, "README.md")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Research_tests_samples_and_benchmarks_are_not_published()
    {
        Assert.Equal("false", Property("Directory.Build.props", "IsPackable"));
        Assert.All(NotPublished, name => Assert.Equal("false", Property($"src/{name}/{name}.csproj", "IsPackable")));
        Faults.None(
            new[] { "tests", "samples", "benchmarks" }
                .SelectMany(folder => SourceTree.Files(folder, ".csproj"))
                .Where(path => Property(path, "IsPackable") == "true")
        );
    }

    [Fact]
    public void The_version_stands_in_one_place() =>
        Assert.Equal(
            ["Directory.Build.props"],
            SourceTree.Files("", ".csproj", ".props", ".targets").Where(path => VersionProperty().IsMatch(SourceTree.Text(path)))
        );

    [Fact]
    public void Every_pinned_package_is_referenced()
    {
        // A reference may hold a property, as in libtorch-cpu-$(TorchPlatform).
        var referenced = SourceTree
            .Files("", ".csproj", ".props")
            .SelectMany(path => XDocument.Parse(SourceTree.Text(path)).Descendants("PackageReference"))
            .Select(element => Regex.Escape(element.Attribute("Include")!.Value))
            .Select(include => new Regex($"^{Regex.Replace(include, @"\\\$\\\(\w+\\\)", @"[\w-]+")}$"))
            .ToList();
        var pinned = XDocument
            .Parse(SourceTree.Text("Directory.Packages.props"))
            .Descendants("ItemGroup")
            .Where(group => group.Attribute("Label") is null) // a label says that others refer to the packages of the group
            .Elements("PackageVersion")
            .Select(element => element.Attribute("Include")!.Value)
            .ToList();
        Assert.NotEmpty(pinned);
        Faults.None(
            pinned
                .Where(name => !referenced.Any(include => include.IsMatch(name)))
                .Select(name => $"{name} is pinned, and no project refers to it.")
        );
    }

    private static string? Property(string path, string name) =>
        XDocument.Parse(SourceTree.Text(path)).Descendants(name).SingleOrDefault()?.Value;

    [GeneratedRegex("<(?:Version|VersionPrefix|PackageVersion|AssemblyVersion|FileVersion)>")]
    private static partial Regex VersionProperty();
}
