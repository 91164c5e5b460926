using System.Globalization;
using System.Security.Cryptography;
using Lumen.Files;

namespace Lumen.Studio.Storage;

/// <summary>
/// The studio's folder, which stays readable without the program: <c>pictures/DATE/TIME-ID.png</c> with their settings inside,
/// <c>references</c> and <c>layouts</c> by their ids, <c>bin</c> for what was thrown away, and <c>studio.db</c> with the rest.
/// </summary>
internal sealed class GalleryFolder
{
    private const int IdBytes = 8;

    /// <param name="path">Made if absent.</param>
    /// <exception cref="LumenException">It cannot be written.</exception>
    public GalleryFolder(string path)
    {
        OutputFolder.Prepare(path);
        Root = RealPath.Of(path);
        foreach (var name in new[] { "pictures", "references", "layouts", "bin", "datasets" })
            Directory.CreateDirectory(Path.Combine(Root, name));
        if (Directory.Exists(Uploads))
            Directory.Delete(Uploads, recursive: true);
        Directory.CreateDirectory(Uploads);
    }

    /// <summary>The folder without links.</summary>
    public string Root { get; }

    /// <summary>The data base.</summary>
    public string Database => Path.Combine(Root, "studio.db");

    /// <summary>Where a picture that is being sent lies until it is read.</summary>
    public string Uploads => Path.Combine(Root, "uploads");

    /// <summary>Data sets that were enlarged here.</summary>
    public string Datasets => Path.Combine(Root, "datasets");

    /// <summary>Adapters that are trained here.</summary>
    public string Trainings => Path.Combine(Root, "trainings");

    /// <summary>A new id: 16 hexadecimal digits.</summary>
    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));

    /// <summary>The id of a content.</summary>
    public static string IdOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content)[..IdBytes]);

    /// <summary>Whether a text is an id, and so safe in a path.</summary>
    public static bool IsId(string? text) => text is { Length: 2 * IdBytes } && text.All(char.IsAsciiHexDigitLower);

    /// <summary>The name of a picture that is made now, relative to <see cref="Root"/>, with slashes.</summary>
    public static string NamePicture(string id, DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"pictures/{now.LocalDateTime:yyyy-MM-dd}/{now.LocalDateTime:HHmmss}-{id}.png");

    /// <summary>The name of a reference.</summary>
    public static string NameReference(string id) => $"references/{id}.png";

    /// <summary>The name of what is known of a reference that is a picture of a data set.</summary>
    public static string NameOrigin(string id) => $"references/{id}.json";

    /// <summary>The name of a layout.</summary>
    public static string NameLayout(string id) => $"layouts/{id}.safetensors";

    /// <summary>The name that a picture has in the bin.</summary>
    public static string NameBinned(string name) => $"bin/{Path.GetFileName(name)}";

    /// <summary>The full path of a name.</summary>
    /// <exception cref="LumenException">It leads out of the folder.</exception>
    public string PathOf(string name)
    {
        var path = RealPath.Of(Path.Combine(Root, name));
        return RealPath.IsInside(path, Root)
            ? path
            : throw new LumenException(LumenErrorKind.File, $"{name} leads out of the gallery. Take the link out.");
    }
}
