using System.IO.Enumeration;
using System.Text.Json;
using Lumen.Core;

namespace Lumen.Datasets;

/// <summary>The generated pictures of a folder, as its manifests name them.</summary>
internal static class GeneratedNames
{
    /// <summary>Manifests: <c>manifest.jsonl</c>, and <c>manifest-1-of-4.jsonl</c> where several processes share the work.</summary>
    public const string Pattern = "manifest*.jsonl";

    public static IReadOnlySet<string> Read(DatasetTree tree)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in tree.Files("").Where(file => FileSystemName.MatchesSimpleExpression(Pattern, file, ignoreCase: false) && tree.HasFile(file)))
            foreach (var (_, line) in tree.Lines(file))
                if (Item(line, tree.Full(file)) is { } name) names.Add(name);
        return names;
    }

    private static string? Item(string line, string path)
    {
        if (!line.EndsWith('}')) return null;   // cut short by a crash
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.TryGetProperty("item", out var item) ? item.GetString() : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new LumenException($"{path} cannot be read: {fault.Message} Expected a manifest that lumen augment wrote.", fault);
        }
    }
}
