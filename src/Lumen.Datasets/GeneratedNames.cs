using System.IO.Enumeration;
using Lumen.Files;

namespace Lumen.Datasets;

/// <summary>The generated pictures of a folder, as its manifests name them.</summary>
internal static class GeneratedNames
{
    /// <summary>Manifests: <c>manifest.jsonl</c>, and <c>manifest-1-of-4.jsonl</c> where several processes share the work.</summary>
    public const string Pattern = "manifest*.jsonl";

    public static IReadOnlySet<string> Read(DatasetTree tree)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (
            var file in tree.Files("")
                .Where(file => FileSystemName.MatchesSimpleExpression(Pattern, file, ignoreCase: false) && tree.HasFile(file))
        )
        foreach (var (number, line) in tree.Lines(file))
            if (line.EndsWith('}') && JsonFile.Parse(line, $"{tree.Full(file)}, line {number}")["item"]?.Text() is { } name)
                names.Add(name); // another line is cut short by a crash
        return names;
    }
}
