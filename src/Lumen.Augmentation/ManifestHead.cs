using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lumen.Files;

namespace Lumen.Augmentation;

/// <summary>
/// How far a manifest is, kept beside it in <c>lumen/NAME.head.json</c> and written at checkpoints and at the end: what is cut from the
/// manifest's end is missed by this record.
/// </summary>
/// <param name="Manifest">Name of the manifest.</param>
/// <param name="Lines">Its lines.</param>
/// <param name="Sha256">Digest of all of them, see <see cref="ManifestChain"/>.</param>
/// <param name="Finished">Whether the run came to its end; otherwise there may be further lines.</param>
/// <param name="OriginalsSha256">SHA-256 of the record of originals.</param>
/// <param name="SettingsSha256">SHA-256 of the settings.</param>
internal sealed record ManifestHead(
    string Manifest,
    long Lines,
    string Sha256,
    bool Finished,
    string? OriginalsSha256,
    string? SettingsSha256
)
{
    private const string Ending = ".head.json";
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>Where the head of a manifest is, below the enlarged data set's folder.</summary>
    public static string NameOf(string manifest) => $"lumen/{Path.GetFileNameWithoutExtension(manifest)}{Ending}";

    /// <summary>The heads of a folder.</summary>
    /// <exception cref="LumenException">One cannot be read.</exception>
    public static IEnumerable<ManifestHead> In(string folder)
    {
        var place = Path.Combine(folder, "lumen");
        if (!Directory.Exists(place))
            yield break;
        foreach (var path in Directory.EnumerateFiles(place, $"manifest*{Ending}").Order(StringComparer.Ordinal))
        {
            if (FileFacts.OfName(path) is not { Kind: FileKind.Ordinary })
                throw new LumenException($"{path} is no ordinary file. Expected a file that lumen augment wrote.");
            var head = JsonFile.Read(path).As<ManifestHead>(Json);
            yield return Path.GetFileName(head.Manifest) == head.Manifest
            && head.Lines >= 0
            && Path.Combine(folder, NameOf(head.Manifest)) == path
                ? head
                : throw new LumenException(
                    $"{path} is about the manifest \"{head.Manifest}\", which is another one's name. Expected a file that lumen "
                        + "augment wrote."
                );
        }
    }

    /// <summary>Writes it.</summary>
    public void Write(string folder) =>
        AtomicFile.Write(Path.Combine(folder, NameOf(Manifest)), Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, Json) + "\n"));
}
