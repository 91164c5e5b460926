using System.Text.Json;

namespace Lumen.Core.Checkpoints;

/// <summary>
/// Opens the files that a <c>*.safetensors.index.json</c> lists. Source: <c>weight_map</c> as transformers and diffusers write it.
/// </summary>
internal static class ShardIndex
{
    /// <exception cref="LumenException">The index is not valid, a file is missing, or index and files disagree about the
    /// tensors.</exception>
    public static List<SafetensorsFile> Open(string path)
    {
        var name = Checkpoint.Describe(path);
        var map = ReadMap(path, name);
        var files = new List<SafetensorsFile>();
        try
        {
            foreach (
                var shard in map.GroupBy(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal)
                    .OrderBy(group => group.Key, StringComparer.Ordinal)
            )
                files.Add(OpenShard(path, name, shard.Key, shard.ToHashSet(StringComparer.Ordinal)));
            return files;
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    /// <summary>The files that an index lists, by name.</summary>
    /// <exception cref="LumenException">The index is not valid, or a file is missing.</exception>
    public static IReadOnlyList<string> FilesOf(string path)
    {
        var name = Checkpoint.Describe(path);
        return
        [
            .. ReadMap(path, name)
                .Values.Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Select(shard => PlaceOf(path, name, shard)),
        ];
    }

    private static string PlaceOf(string path, string name, string shard)
    {
        // A plain name beside the index: an index from elsewhere must not reach other folders.
        if (
            shard.Length == 0
            || shard is "." or ".."
            || shard.AsSpan().ContainsAny('/', '\\', '\0')
            || !shard.EndsWith(".safetensors", StringComparison.Ordinal)
        )
            throw new LumenException(
                LumenErrorKind.Format,
                $"{name} refers to \"{shard}\"; expected the plain name of a .safetensors file in the same folder."
            );
        var place = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, shard);
        if (!File.Exists(place))
            throw new LumenException(
                LumenErrorKind.Format,
                $"{name} refers to {shard}, which is not beside it. Fetch the missing file of the model."
            );
        return place;
    }

    private static SafetensorsFile OpenShard(string path, string name, string shard, HashSet<string> promised)
    {
        var file = SafetensorsFile.Open(PlaceOf(path, name, shard));
        var lacking = promised.FirstOrDefault(key => !file.Entries.ContainsKey(key));
        var unlisted = file.Entries.Keys.FirstOrDefault(key => !promised.Contains(key));
        if (lacking is null && unlisted is null)
            return file;
        file.Dispose();
        throw new LumenException(
            LumenErrorKind.Format,
            $"{name} and {shard} do not belong together: "
                + (
                    lacking is not null
                        ? $"the index promises tensor \"{lacking}\", which the file lacks."
                        : $"the file holds tensor \"{unlisted}\", which the index does not place there."
                )
        );
    }

    private static Dictionary<string, string> ReadMap(string path, string name)
    {
        if (!ConfigJson.ReadObject(path).Value.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            throw new LumenException(
                LumenErrorKind.Format,
                $"{name} is not an index of safetensors files: it must have an object weight_map from tensor names to file names."
            );
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in map.EnumerateObject())
        {
            result[pair.Name] =
                ConfigReader.AsText(pair.Value)
                ?? throw new LumenException(
                    LumenErrorKind.Format,
                    $"{name}: the file of tensor \"{pair.Name}\" must be a string but is {pair.Value.GetRawText()}."
                );
        }
        return result.Count > 0 ? result : throw new LumenException(LumenErrorKind.Format, $"{name} lists no tensor in weight_map.");
    }
}
