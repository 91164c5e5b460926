using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Lumen.Pretrained;

/// <summary>What <see cref="ModelInspector"/> found out about a file or folder.</summary>
public sealed record ModelReport
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Name of the file or folder.</summary>
    public required string Name { get; init; }

    /// <summary>What it is: <c>Stable Diffusion model, diffusers folder</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Which family its sizes belong to; empty where that says nothing.</summary>
    public string Family { get; init; } = "";

    /// <summary>Its licence as it states it, and where; null if it states none.</summary>
    public string? Licence { get; init; }

    /// <summary>Its parts.</summary>
    public IReadOnlyList<ModelPart> Parts { get; init; } = [];

    /// <summary>What is not there and would be needed, a sentence each.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>What its owner should know, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Strings that the files hold beside the weights.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Weights in all parts.</summary>
    public long Parameters => Parts.Sum(part => part.Parameters);

    /// <summary>Bytes of the weights in all parts.</summary>
    public long Bytes => Parts.Sum(part => part.Bytes);

    /// <summary>For programs.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>For people: a line for each fact.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        Line("name", Name);
        Line("kind", Kind);
        if (Family.Length > 0)
            Line("family", Family);
        Line("licence", Licence ?? "not stated");
        if (Parts.Count > 1)
            Line("size", $"{Count(Parameters)} parameters, {Size(Bytes)}");
        foreach (var part in Parts)
            Line(
                part.Name,
                string.Join(
                    ", ",
                    new[]
                    {
                        part.Class,
                        part.Parameters > 0 ? $"{Count(part.Parameters)} parameters" : "",
                        string.Join(" + ", part.DTypes),
                        part.Bytes > 0 ? Size(part.Bytes) : "",
                        part.Detail,
                    }.Where(fact => fact.Length > 0)
                )
            );
        foreach (var (key, value) in Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            Line("metadata", $"{Plain(key)}: {Plain(value)}");
        foreach (var missing in Missing)
            Line("missing", missing);
        foreach (var note in Notes)
            Line("note", note);
        return text.ToString();

        // What a file says stays one line.
        void Line(string label, string fact) =>
            text.Append(CultureInfo.InvariantCulture, $"{label, -13} {fact.ReplaceLineEndings("\\n")}\n");
    }

    private static string Count(long count) =>
        count switch
        {
            >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e6:0.0} M"),
            >= 10_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e3:0.0} k"),
            _ => count.ToString(CultureInfo.InvariantCulture),
        };

    private static string Size(long bytes) =>
        bytes switch
        {
            >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB"),
            >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
        };

    // Strings from files: one line each, without characters that would garble a terminal.
    private static string Plain(string text)
    {
        var line = new string([.. text.Take(160).Select(letter => char.IsControl(letter) ? ' ' : letter)]);
        return text.Length > 160 ? line + "..." : line;
    }
}
