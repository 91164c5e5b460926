using System.Text.Json;
using Lumen.Core.Checkpoints;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity;

/// <summary>One folder of reference data: what was called upstream, with which inputs, and what came out.</summary>
public sealed class ReferenceCase
{
    private readonly JsonElement _json;

    private ReferenceCase(string root, string folder, JsonElement json)
    {
        Folder = folder;
        Name = System.IO.Path.GetRelativePath(root, folder).Replace('\\', '/');
        _json = json;
        InputNames = NamesIn("inputs.safetensors");
        OutputNames = NamesIn("outputs.safetensors");
    }

    /// <summary>Full path.</summary>
    public string Folder { get; }

    /// <summary>Path below the folder that was searched.</summary>
    public string Name { get; }

    /// <summary>Upstream's class or classes.</summary>
    public string UpstreamClass =>
        _json.TryGetProperty("upstream", out var upstream) && upstream.TryGetProperty("class", out var name) ? name.GetString() ?? "" : "";

    /// <summary>Names in inputs.safetensors; empty without such a file.</summary>
    public IReadOnlySet<string> InputNames { get; }

    /// <summary>Names in outputs.safetensors; empty without such a file.</summary>
    public IReadOnlySet<string> OutputNames { get; }

    /// <summary>Absolute and relative part of the tolerance.</summary>
    public (double Atol, double Rtol) Tolerance =>
        Field("tolerance") is { } tolerance
            ? (tolerance.GetProperty("atol").GetDouble(), tolerance.GetProperty("rtol").GetDouble())
            : (0, 0);

    /// <summary>Every case at or below a folder, by name. Sample files with their values beside them are a case too.</summary>
    public static IReadOnlyList<ReferenceCase> Find(string root)
    {
        var full = System.IO.Path.GetFullPath(root);
        return
        [
            .. Directory
                .EnumerateFiles(full, "*.json", SearchOption.AllDirectories)
                .Where(file => System.IO.Path.GetFileName(file) is "case.json" or "expected.json")
                .GroupBy(file => System.IO.Path.GetDirectoryName(file)!)
                .Select(files => Open(full, files.Key))
                .OrderBy(found => found.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Opens one case folder.</summary>
    /// <param name="root">Folder that the name is relative to.</param>
    /// <param name="folder">The case's folder.</param>
    public static ReferenceCase Open(string root, string folder)
    {
        var path = System.IO.Path.Combine(folder, "case.json");
        using var document = JsonDocument.Parse(File.Exists(path) ? File.ReadAllText(path) : "{}");
        return new ReferenceCase(root, folder, document.RootElement.Clone());
    }

    /// <summary>A field of case.json, or null if it is absent or null.</summary>
    public JsonElement? Field(string name) =>
        _json.ValueKind == JsonValueKind.Object && _json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    /// <summary>A text field, or null.</summary>
    public string? Text(string name) => Field(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>A number field.</summary>
    public double Number(string name, double fallback) =>
        Field(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : fallback;

    /// <summary>A list of whole numbers.</summary>
    public long[] Numbers(string name) => Field(name) is { } value ? [.. value.EnumerateArray().Select(item => item.GetInt64())] : [];

    /// <summary>Full path of something in the case's folder.</summary>
    public string Path(string relative) => System.IO.Path.GetFullPath(System.IO.Path.Combine(Folder, relative));

    /// <summary>True if the folder holds this file.</summary>
    public bool Holds(string file) => File.Exists(Path(file));

    /// <summary>The folder that a field names, relative to the case; null if there is no such field or folder.</summary>
    public string? FolderOf(string field) => Text(field) is { } relative && Directory.Exists(Path(relative)) ? Path(relative) : null;

    /// <summary>True if all these inputs are there.</summary>
    public bool HasInputs(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!InputNames.Contains(name))
                return false;
        }
        return true;
    }

    /// <summary>All inputs, 16-bit floats widened.</summary>
    public Dictionary<string, Tensor> Inputs() => Read("inputs.safetensors");

    /// <summary>All outputs, 16-bit floats widened.</summary>
    public Dictionary<string, Tensor> Outputs() => Read("outputs.safetensors");

    private Dictionary<string, Tensor> Read(string name)
    {
        if (!Holds(name))
            return [];
        using var file = SafetensorsFile.Open(Path(name));
        return file.Entries.Values.ToDictionary(
            entry => entry.Name,
            entry => file.Read(entry.Name, entry.DType is ScalarType.Float16 or ScalarType.BFloat16 ? ScalarType.Float32 : null),
            StringComparer.Ordinal
        );
    }

    private HashSet<string> NamesIn(string name)
    {
        if (!Holds(name))
            return [];
        using var file = SafetensorsFile.Open(Path(name));
        return [.. file.Entries.Keys];
    }
}
