using System.Reflection;
using System.Text.RegularExpressions;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Architecture;

/// <summary>The documents say what is there.</summary>
public partial class DocumentationTests
{
    [Fact]
    public void Links_lead_to_files_that_exist()
    {
        var faults =
            from path in SourceTree.Files("", ".md")
            from Match link in Link().Matches(SourceTree.Text(path))
            let target = link.Groups[1].Value.Split('#')[0]
            where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
            let full = Path.Combine(Golden.Repository, Path.GetDirectoryName(path)!, target)
            where !File.Exists(full) && !Directory.Exists(full)
            select $"{path} links to {target}, which does not exist.";
        Faults.None(faults);
    }

    [Fact]
    public void Every_trap_names_a_test_that_exists()
    {
        var tests = typeof(DocumentationTests)
            .Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Instance | BindingFlags.Public))
            .Select(method => method.Name)
            .ToHashSet();
        var named = NamedTest().Matches(SourceTree.Text("docs/pitfalls.md")).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(named);
        Faults.None(named.Where(name => !tests.Contains(name)));
    }

    [Fact]
    public void Types_that_the_method_page_names_exist()
    {
        var types = SourceTree.Code("src").SelectMany(path => Declaration().Matches(SourceTree.CodeOf(path))).Select(Name).ToHashSet();
        Faults.None(NamedType().Matches(SourceTree.Text("docs/method.md")).Select(Name).Where(name => !types.Contains(name)));

        static string Name(Match match) => match.Groups[1].Value;
    }

    [Fact]
    public void Pages_that_comments_cite_exist()
    {
        var faults =
            from path in SourceTree.Code("src")
            from Match match in CitedPage().Matches(SourceTree.Text(path))
            where !File.Exists(Path.Combine(Golden.Repository, match.Groups[1].Value))
            select $"{path}: {match.Groups[1].Value}";
        Faults.None(faults);
    }

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record) (?:struct |class )?(\w+)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^\s*//.*?\b(docs/[\w/-]+\.md|[A-Z]+\.md)", RegexOptions.Multiline)]
    private static partial Regex CitedPage();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\| `(\w+)` \|$", RegexOptions.Multiline)]
    private static partial Regex NamedTest();

    [GeneratedRegex(@"`([A-Z]\w*[a-z]\w*)(?:\.\w+)*`")]
    private static partial Regex NamedType();
}
