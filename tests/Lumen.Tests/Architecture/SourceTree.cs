using System.Text.RegularExpressions;
using Lumen.Testing;

namespace Lumen.Tests.Architecture;

/// <summary>The files of the checkout, as the rules see them: without build output and without comments.</summary>
internal static partial class SourceTree
{
    private static readonly string[] Skipped =
    [
        "bin",
        "obj",
        ".git",
        ".work",
        "out",
        "TestResults",
        "BenchmarkDotNet.Artifacts",
        ".vs",
        ".idea",
    ];

    /// <summary>
    /// Files below a folder of the repository with one of the endings, as paths relative to the repository, with slashes.
    /// </summary>
    public static IEnumerable<string> Files(string folder, params string[] endings)
    {
        var root = Path.Combine(Golden.Repository, folder);
        return Directory.Exists(root)
            ? Walk(new DirectoryInfo(root)).Select(Relative).Where(path => endings.Length == 0 || endings.Any(path.EndsWith))
            : [];
    }

    /// <summary>C# files below a folder.</summary>
    public static IEnumerable<string> Code(string folder) => Files(folder, ".cs");

    public static string Text(string path) => File.ReadAllText(Path.Combine(Golden.Repository, path));

    /// <summary>A file's text without comments.</summary>
    public static string CodeOf(string path) => Comment().Replace(Text(path), "");

    /// <summary>The lines of a file that do not lie within a raw string of several lines, with their numbers from 1.</summary>
    public static IEnumerable<(int Number, string Text)> LinesOutsideRawStrings(string path)
    {
        var within = false;
        var lines = Text(path).Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var quotes = RawQuotes().Count(lines[i]);
            if (!within && quotes == 0)
                yield return (i + 1, lines[i]);
            within ^= quotes % 2 == 1;
        }
    }

    /// <summary>Our own namespaces that a file mentions, in <c>using</c> lines or in full.</summary>
    public static IEnumerable<string> Mentions(string path) =>
        OwnNamespace().Matches(CodeOf(path)).Select(match => match.Groups[1].Value).Distinct();

    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder) =>
        folder.EnumerateFiles().Concat(folder.EnumerateDirectories().Where(child => !Skipped.Contains(child.Name)).SelectMany(Walk));

    private static string Relative(FileInfo file) => Path.GetRelativePath(Golden.Repository, file.FullName).Replace('\\', '/');

    [GeneratedRegex(@"^\s*//.*$|(?<=[;{}),\s])//\s.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"""{3,}")]
    private static partial Regex RawQuotes();

    [GeneratedRegex(@"(?<=using (?:static )?|[\s(<!=:])(Lumen(?:\.[A-Z]\w+)+)")]
    private static partial Regex OwnNamespace();
}
