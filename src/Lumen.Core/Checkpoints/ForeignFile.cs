using System.IO.Compression;
using System.Text;
using Lumen.Files;

namespace Lumen.Core.Checkpoints;

/// <summary>Tells by its first bytes what a file is that is no safetensors file, whatever its name says.</summary>
internal static class ForeignFile
{
    /// <summary>How many bytes of the beginning are looked at.</summary>
    public const int Look = 512;

    private const string AskForSafetensors = "Use the .safetensors file of the same model";

    // First bytes, where they stand, what the file is and what to do.
    private static readonly (byte[] Bytes, int At, string Title, string Advice)[] Signatures =
    [
        (Ascii("GGUF"), 0, "a GGUF file (quantised weights of llama.cpp and stable-diffusion.cpp)", AskForSafetensors),
        ([0x89, (byte)'H', (byte)'D', (byte)'F'], 0, "an HDF5 file (weights of Keras)", AskForSafetensors),
        ([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'], 0, "a NumPy array", AskForSafetensors),
        (Ascii("TFL3"), 4, "a TensorFlow Lite model", AskForSafetensors),
        ([0x89, (byte)'P', (byte)'N', (byte)'G'], 0, "a picture (PNG)", "Pictures go to `Reference`"),
        ([0xFF, 0xD8, 0xFF], 0, "a picture (JPEG)", "Pictures go to `Reference`"),
        (Ascii("WEBP"), 8, "a picture (WebP)", "Pictures go to `Reference`"),
        ([0x1F, 0x8B], 0, "a gzip archive", "Unpack it"),
        ([(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C], 0, "a 7z archive", "Unpack it"),
        (Ascii("Rar!"), 0, "a RAR archive", "Unpack it"),
        ([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0], 0, "an xz archive", "Unpack it"),
        ([0x28, 0xB5, 0x2F, 0xFD], 0, "a Zstandard archive", "Unpack it"),
        (Ascii("ustar"), 257, "a tar archive", "Unpack it"),
        (Ascii("%PDF"), 0, "a PDF document", AskForSafetensors),
    ];

    /// <summary>Refuses a file that is something else, by what it is.</summary>
    /// <param name="start">Its first bytes, <see cref="Look"/> of them or all.</param>
    /// <param name="path">The file.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="LumenException">It is none of safetensors', and known.</exception>
    public static void Refuse(ReadOnlySpan<byte> start, string path, string name)
    {
        if (PlaceholderFile.Of(start) is var (what, remedy))
            throw Named(name, what, remedy);
        foreach (var (bytes, at, title, advice) in Signatures)
        {
            if (start.Length >= at + bytes.Length && start.Slice(at, bytes.Length).SequenceEqual(bytes))
                throw Named(name, title, advice);
        }
        if (start is [(byte)'P', (byte)'K', 3, 4, ..] or [(byte)'P', (byte)'K', 5, 6, ..])
            throw Archive(path, name);
        if (IsOnnx(start, path))
            throw Named(
                name,
                "an ONNX model",
                "Networks of depth, normals or edges go to `Estimator`; of a Stable Diffusion model, "
                    + $"{char.ToLowerInvariant(AskForSafetensors[0])}{AskForSafetensors[1..]}"
            );
        if (PlaceholderFile.TextOf(start) is not { } text)
            return;
        if (text.StartsWith('{') || text.StartsWith('['))
            throw Named(name, "a JSON text, not weights", $"It begins with {Short(text)}. Fetch the file again");
        if (text.Length > 0)
            throw Named(name, "a text, not weights", $"It begins with \"{Short(text)}\". Fetch the file again");
    }

    private static LumenException Named(string name, string title, string advice) =>
        new(LumenErrorKind.Format, $"{name} is {title}, which Lumen does not open as a model. {advice}.")
        {
            Properties = [], // what it was given to is not known here
        };

    // torch.save writes a zip archive with a pickle in it; other archives only hold files.
    private static LumenException Archive(string path, string name)
    {
        try
        {
            using var zip = ZipFile.OpenRead(path);
            var names = zip.Entries.Select(entry => entry.FullName).Take(10_000).ToArray();
            if (names.Any(entry => entry == "data.pkl" || entry.EndsWith("/data.pkl", StringComparison.Ordinal)))
                return Pickle.Refusal(name);
            return Named(
                name,
                $"a zip archive of {names.Length} files "
                    + $"({string.Join(", ", names.Take(3).Select(Short))}{(names.Length > 3 ? ", ..." : "")}) and no PyTorch file",
                "Unpack it, and give the folder or file inside"
            );
        }
        catch (Exception error)
            when (error is InvalidDataException or IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return Pickle.Refusal(name); // cut short; most archives of weights are
        }
    }

    // ModelProto: field 1 is the version as a small number, field 2 the producer's name or field 7 the graph.
    private static bool IsOnnx(ReadOnlySpan<byte> start, string path) =>
        start is [0x08, > 0 and < 32, 0x12 or 0x3A or 0x1A, ..]
        && (
            path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)
            || start[3..].IndexOf("pytorch"u8) >= 0
            || start[3..].IndexOf("onnx"u8) >= 0
            || start[3..].IndexOf("tf2onnx"u8) >= 0
        );

    private static string Short(string text)
    {
        var line = new string([.. text.Take(80).Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) ? ' ' : letter)]);
        return text.Length > 80 ? line + "..." : line;
    }

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
