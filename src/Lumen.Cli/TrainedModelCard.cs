namespace Lumen.Cli;

/// <summary>The model card of a model folder: <c>README.md</c> with YAML between two lines of dashes.</summary>
internal static class TrainedModelCard
{
    private const int LastLine = 100;

    /// <summary>Its licence, or null where it names none.</summary>
    public static string? Licence(string folder)
    {
        var path = Path.Combine(folder, "README.md");
        if (!File.Exists(path))
            return null;
        var lines = File.ReadLines(path).Take(LastLine).ToList();
        if (lines.Count == 0 || lines[0].Trim() != "---")
            return null;
        return lines
            .Skip(1)
            .TakeWhile(line => line.Trim() != "---")
            .Where(line => line.StartsWith("license:", StringComparison.Ordinal))
            .Select(line => line["license:".Length..].Trim(' ', '"'))
            .FirstOrDefault(text => text.Length > 0);
    }
}
