using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Files;

namespace Lumen.Augmentation;

/// <summary>The lists of an enlarged data set with their hashes, written after them: <c>lumen/lists.json</c>.</summary>
internal static class ListsRecord
{
    /// <summary>Where it is.</summary>
    public const string File = "lumen/lists.json";

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes it.</summary>
    /// <param name="folder">The enlarged data set.</param>
    /// <param name="lists">Names of its lists.</param>
    public static void Write(string folder, IEnumerable<string> lists)
    {
        var files = new JsonObject();
        foreach (
            var list in lists
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Where(list => System.IO.File.Exists(Path.Combine(folder, list)))
        )
            files[list] = ItemHash.OfFile(Path.Combine(folder, list));
        AtomicFile.Write(
            Path.Combine(folder, File),
            Encoding.UTF8.GetBytes(new JsonObject { ["lists"] = files }.ToJsonString(Indented) + "\n")
        );
    }

    /// <summary>Reads it; null where there is none.</summary>
    /// <exception cref="LumenException">It cannot be read.</exception>
    public static IReadOnlyList<(string Name, string Sha256)>? Read(string folder)
    {
        var path = Path.Combine(folder, File);
        if (FileFacts.OfName(path) is not { } facts)
            return null;
        if (facts.Kind != FileKind.Ordinary)
            throw new LumenException($"{path} is no ordinary file. Expected a file that lumen augment wrote.");
        return [.. JsonFile.Read(path).Required("lists").Entries().Select(list => (list.Name, list.Value.Text()))];
    }
}
