using System.Text.RegularExpressions;
using Xunit;

namespace Lumen.Tests.Architecture;

/// <summary>What every file keeps to.</summary>
public partial class HouseStyleTests
{
    private static readonly string[] TextEndings =
    [
        ".cs",
        ".csproj",
        ".props",
        ".targets",
        ".slnx",
        ".json",
        ".jsonl",
        ".md",
        ".txt",
        ".yml",
        ".sh",
        ".editorconfig",
        ".gitignore",
        ".ci/run",
    ];

    [Fact]
    public void No_source_file_is_longer_than_400_lines() =>
        Faults.None(Sources().Where(path => SourceTree.Text(path).Count(letter => letter == '\n') > 400));

    [Fact]
    public void Public_types_of_the_product_say_what_they_are()
    {
        var faults =
            from path in SourceTree.Code("src")
            let lines = SourceTree.Text(path).Split('\n')
            from index in Enumerable.Range(0, lines.Length)
            where
                PublicType().IsMatch(lines[index])
                && !HasSummary(lines, index)
                && !OtherPartHasSummary(path, PublicType().Match(lines[index]).Groups[1].Value)
            select $"{path}:{index + 1} {lines[index].Trim()}";
        Faults.None(faults);
    }

    [Fact]
    public void Lines_have_at_most_140_columns_except_within_raw_strings_and_patterns()
    {
        var faults =
            from path in Sources()
            from line in SourceTree.LinesOutsideRawStrings(path)
            where line.Text.Length > 140 && !line.Text.TrimStart().StartsWith("@\"", StringComparison.Ordinal)
            select $"{path}:{line.Number} has {line.Text.Length} columns.";
        Faults.None(faults);
    }

    [Fact]
    public void Rooms_have_names_that_say_something() =>
        Faults.None(
            Sources()
                .Where(path => path.Split('/').Any(part => part.Split('.')[0] is "Utils" or "Helpers" or "Common" or "Misc" or "Utilities"))
        );

    [Fact]
    public void No_file_names_a_package_registry_or_a_path_of_one_machine()
    {
        var faults =
            from path in SourceTree.Files("", TextEndings)
            where !path.StartsWith("tests/goldens/", StringComparison.Ordinal) || path.EndsWith(".md", StringComparison.Ordinal)
            from Match match in Forbidden().Matches(SourceTree.Text(path))
            select $"{path}: {match.Value}";
        Faults.None(faults);
    }

    private static IEnumerable<string> Sources() => new[] { "src", "tests", "samples", "benchmarks" }.SelectMany(SourceTree.Code);

    private static bool HasSummary(string[] lines, int index)
    {
        do index--;
        while (index >= 0 && lines[index].TrimStart().StartsWith('['));
        return index >= 0 && lines[index].TrimStart().StartsWith("///", StringComparison.Ordinal);
    }

    // A partial type is described where its main part is: Name.cs beside Name.Part.cs.
    private static bool OtherPartHasSummary(string path, string type)
    {
        var main = $"{Path.GetDirectoryName(path)!.Replace('\\', '/')}/{type}.cs";
        return main != path && File.Exists(Path.Combine(Lumen.Testing.Golden.Repository, main));
    }

    [GeneratedRegex(
        @"^\s*public (?:(?:static|sealed|abstract|partial|readonly|ref|unsafe) )*(?:class|struct|interface|enum|record(?: struct| "
            + @"class)?) (\w+)"
    )]
    private static partial Regex PublicType();

    // Written with character classes so that this line does not match itself.
    [GeneratedRegex(
        @"https?://[\w.-]*(?:n[u]get|p[y]pi|n[p]mjs|artifact[o]ry|n[e]xus)[\w.-]*|https?://\d+\.\d+\.\d+\.\d+|(?<![\w.~:/-])/(?:r[o]ot|h[o]me/\w+|w[o]rk|U[s]ers/\w+)/\w+|[A-Z]:\\U[s]ers\\\w+|packageS[o]urces"
    )]
    private static partial Regex Forbidden();
}
