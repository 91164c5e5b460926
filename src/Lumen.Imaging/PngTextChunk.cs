using System.IO.Compression;
using System.Text;

namespace Lumen.Imaging;

/// <summary>The three text chunks of PNG (W3C PNG, section 11.3.3).</summary>
internal static class PngTextChunk
{
    // What a compressed text may unpack to.
    private const int MaxBytes = 16 << 20;

    /// <summary>
    /// Keyword and text, or null when the chunk is not text or does not follow the standard (such a chunk is not worth refusing a picture
    /// for).
    /// </summary>
    /// <exception cref="LumenException">A compressed text cannot be unpacked or exceeds 16 MiB.</exception>
    public static (string Keyword, string Text)? Read(string kind, ReadOnlySpan<byte> data, string name)
    {
        var end = data.IndexOf((byte)0);
        if (end < 1)
            return null;
        var keyword = Encoding.Latin1.GetString(data[..end]);
        var rest = data[(end + 1)..];
        switch (kind)
        {
            case "tEXt":
                return (keyword, Encoding.Latin1.GetString(rest));
            case "zTXt" when rest.Length > 0 && rest[0] == 0:
                return (keyword, Encoding.Latin1.GetString(Unpack(rest[1..], name)));
            case "iTXt" when rest.Length >= 4:
                var compressed = rest[0] == 1;
                rest = rest[2..];
                for (var field = 0; field < 2; field++) // language tag, translated keyword
                {
                    var stop = rest.IndexOf((byte)0);
                    if (stop < 0)
                        return null;
                    rest = rest[(stop + 1)..];
                }
                return (keyword, Encoding.UTF8.GetString(compressed ? Unpack(rest, name) : rest));
            default:
                return null;
        }
    }

    private static ReadOnlySpan<byte> Unpack(ReadOnlySpan<byte> compressed, string name)
    {
        using var zlib = new ZLibStream(new MemoryStream(compressed.ToArray()), CompressionMode.Decompress);
        var output = new MemoryStream();
        var buffer = new byte[1 << 14];
        try
        {
            for (int count; (count = zlib.Read(buffer)) > 0; )
            {
                output.Write(buffer, 0, count);
                if (output.Length > MaxBytes)
                    throw PngChunks.Broken(name, $"a compressed text is longer than {MaxBytes} bytes");
            }
        }
        catch (Exception error) when (PngChunks.IsBadDeflate(error))
        {
            throw PngChunks.Broken(name, "a compressed text cannot be unpacked", error);
        }
        return output.GetBuffer().AsSpan(0, (int)output.Length);
    }
}

/// <summary>What a PNG of ours says about its making. No absolute paths belong in either field.</summary>
/// <param name="Parameters">The text chunk <c>parameters</c> as AUTOMATIC1111's web UI writes it: prompt, negative prompt, settings. Null:
/// no such chunk.</param>
/// <param name="Lumen">The text chunk <c>lumen</c>: JSON that reproduces the picture. Null: no such chunk.</param>
public sealed record PngText(string? Parameters, string? Lumen);
