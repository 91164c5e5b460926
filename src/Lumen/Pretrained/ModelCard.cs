namespace Lumen.Pretrained;

/// <summary>
/// The licence that a model states: in the metadata of its weights, or in the front matter of the model card (<c>README.md</c>) beside it.
/// </summary>
internal static class ModelCard
{
    private const int LongestCard = 1 << 20;
    private const int LongestFrontMatter = 200;
    private static readonly string[] Keys = ["modelspec.license", "license", "licence"];

    public static string? Licence(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        foreach (var key in Keys)
        {
            if (metadata.TryGetValue(key, out var value) && value.Trim().Length > 0)
                return $"{Line(value)} (metadata of the weights)";
        }
        return FromCard(Path.Combine(folder, "README.md")) is { } stated ? $"{Line(stated)} (model card)" : null;
    }

    // "license: other" with a "license_name: ..." below is how the hub writes licences of one's own.
    private static string? FromCard(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length > LongestCard)
            return null;
        var lines = File.ReadLines(path).Take(LongestFrontMatter).ToArray();
        if (lines is not ["---", ..])
            return null;
        var front = lines.Skip(1).TakeWhile(line => line.TrimEnd() != "---").ToArray();
        return (Value("license"), Value("license_name")) switch
        {
            ("other", { } name) => name,
            var (licence, _) => licence,
        };

        string? Value(string key) =>
            front.FirstOrDefault(line => line.StartsWith(key + ":", StringComparison.Ordinal)) is { } line
            && line[(key.Length + 1)..].Trim().Trim('"', '\'') is { Length: > 0 } value
                ? value
                : null;
    }

    private static string Line(string text) =>
        text.Trim().Split('\n')[0].Trim() is var line && line.Length > 120 ? line[..120] + "..." : line;
}
