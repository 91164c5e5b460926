using System.Reflection;
using Lumen.Testing;
using PublicApiGenerator;
using Xunit;

namespace Lumen.Tests.Architecture;

/// <summary>
/// What each package lets its users see, against the approved text below tests/PublicApi. A change there is a change for them: a breaking
/// one wants another major version.
/// </summary>
public sealed class PublicApiTests
{
    private const string Approved = "tests/PublicApi";
    private const string Received = ".work/public-api";

    public static TheoryData<string> Libraries => [.. PackageTests.Packages.Select(row => row.Data).Where(name => name != "Lumen.Cli")];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void The_public_api_is_the_approved_one(string name)
    {
        var options = new ApiGeneratorOptions { IncludeAssemblyAttributes = false, OrderBy = OrderMode.NamespaceThenFullName };
        var api = Assembly.Load(name).GeneratePublicApi(options).ReplaceLineEndings("\n").Trim() + "\n";
        var file = Path.Combine(Golden.Repository, Approved, $"{name}.txt");
        var approved = File.Exists(file) ? File.ReadAllText(file) : "";
        if (api == approved)
            return;
        var received = Path.Combine(Golden.Repository, Received, $"{name}.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(received)!);
        File.WriteAllText(received, api);
        var (before, after) = (approved.Split('\n'), api.Split('\n'));
        Assert.Fail(
            $"The public API of {name} is not the approved one.\n"
                + $"{string.Join('\n', after.Except(before).Take(20).Select(line => $"+ {line}"))}\n"
                + $"{string.Join('\n', before.Except(after).Take(20).Select(line => $"- {line}"))}\n"
                + $"If that is meant, accept it: cp {Received}/*.txt {Approved}/"
        );
    }

    [Fact]
    public void Every_approved_file_is_of_a_package() =>
        Assert.Equal(
            Libraries.Select(row => row.Data).Order(),
            SourceTree.Files(Approved, ".txt").Select(path => Path.GetFileNameWithoutExtension(path)!).Order()
        );
}
