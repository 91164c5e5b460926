using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Files;
using Lumen.Imaging;

namespace Lumen.Research.Studies;

/// <summary>
/// The output folder of a study: every unit that is done as a file under <c>units</c>, sample pictures under <c>samples</c>, and in
/// <c>run.json</c> what the figures depend on, so that results of other settings or weights are not mixed in. Files are there as a whole or
/// not at all, a unit's pictures before its figures.
/// </summary>
/// <param name="folder">The output folder.</param>
public sealed class StudyStore(string folder)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
    };
    private static readonly JsonSerializerOptions Indented = new(Json) { WriteIndented = true };

    /// <summary>The output folder.</summary>
    public string Folder => folder;

    /// <summary>Notes what the figures depend on, or refuses to continue with something else.</summary>
    /// <param name="settings">Settings by name that every figure depends on.</param>
    /// <param name="identities">What each condition depends on; conditions may be added to a folder.</param>
    /// <exception cref="LumenException">The folder holds a study of other settings or weights; the difference is named.</exception>
    public void Bind(IReadOnlyDictionary<string, string> settings, IReadOnlyDictionary<string, string> identities)
    {
        var path = Path.Combine(folder, "run.json");
        var known = Read<Dictionary<string, Dictionary<string, string>>>(path) ?? [];
        var (before, conditions) = (known.GetValueOrDefault("settings"), known.GetValueOrDefault("conditions") ?? []);
        string[] differences =
        [
            .. settings
                .Where(setting => before is not null && before.GetValueOrDefault(setting.Key) != setting.Value)
                .SelectMany(setting => Differences(setting.Key, before!.GetValueOrDefault(setting.Key), setting.Value)),
            .. identities
                .Where(identity => conditions.TryGetValue(identity.Key, out var own) && own != identity.Value)
                .Select(identity => $"the weights of {identity.Key} are others"),
        ];
        if (differences.Length > 0)
            throw new LumenException(
                $"{folder} holds a study with other settings: {string.Join(", ", differences)}. Give the same ones to continue with "
                    + "it, or another `OutputDir`."
            );
        var all = conditions
            .Concat(identities.Where(identity => !conditions.ContainsKey(identity.Key)))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .ToDictionary();
        Write(
            path,
            JsonSerializer.Serialize(
                new Dictionary<string, IReadOnlyDictionary<string, string>> { ["settings"] = settings, ["conditions"] = all },
                Indented
            ) + "\n"
        );
    }

    /// <summary>Whether a unit is stored.</summary>
    public bool Has(StudyUnit unit) => File.Exists(PathOf(unit));

    /// <summary>Stores a unit.</summary>
    /// <exception cref="LumenException">The folder cannot be written.</exception>
    public void Keep(StudyUnit unit, StudyUnitResult result)
    {
        foreach (var (name, picture) in result.Samples)
            PngWriter.WriteRgb(SamplePath(name), picture);
        Write(PathOf(unit), JsonSerializer.Serialize(result.Rows, Json));
    }

    /// <summary>The rows of a stored unit.</summary>
    /// <exception cref="LumenException">The file is missing or damaged.</exception>
    public IReadOnlyList<StudyRow> Rows(StudyUnit unit) =>
        Read<List<StudyRow>>(PathOf(unit)) switch
        {
            null => throw new LumenException($"{PathOf(unit)} is missing. Run the study again."),
            var rows when rows.Any(row => row is null || row.Values.Values.Any(values => values is null or [])) => throw new LumenException(
                $"{PathOf(unit)} is damaged: a row is empty. Delete it; the study makes it again."
            ),
            var rows => rows,
        };

    /// <summary>A stored sample picture; null if there is none.</summary>
    public Picture? Sample(string name) => File.Exists(SamplePath(name)) ? PictureReader.Read(SamplePath(name)) : null;

    /// <summary>Writes a text file into the folder.</summary>
    public void WriteText(string name, string text) => Write(Path.Combine(folder, name), text);

    /// <summary>Writes a picture into the folder.</summary>
    public void WritePicture(string name, Picture picture) => PngWriter.WriteRgb(Path.Combine(folder, name), picture);

    // A setting that is an object of JSON differs in some of its entries, and only these are said.
    private static IEnumerable<string> Differences(string name, string? before, string now)
    {
        if (AsObject(before) is not { } old || AsObject(now) is not { } own)
            return [$"{name} is {now} but was {before ?? "not there"}"];
        return own.Select(pair => pair.Key)
            .Union(old.Select(pair => pair.Key), StringComparer.Ordinal)
            .Where(key => Text(old, key) != Text(own, key))
            .SelectMany(key => Differences($"{name}.{key}", Text(old, key), Text(own, key) ?? "not there"));

        static string? Text(JsonObject all, string key) =>
            all.TryGetPropertyValue(key, out var value) ? value?.ToJsonString() ?? "null" : null;
    }

    private static JsonObject? AsObject(string? text) => text?.StartsWith('{') == true ? JsonFile.Parse(text, "run.json").ToObject() : null;

    private static void Write(string path, string text) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(text));

    private static T? Read<T>(string path)
        where T : class
    {
        try
        {
            return File.Exists(path) ? JsonFile.Read(path).As<T>(Json) : null;
        }
        catch (LumenException fault)
        {
            throw new LumenException($"{path} is damaged: {fault.Message} Delete it; the study makes it again.", fault);
        }
    }

    private string PathOf(StudyUnit unit) => Path.Combine(folder, "units", unit.Name + ".json");

    private string SamplePath(string name) => Path.Combine(folder, "samples", name + ".png");
}
