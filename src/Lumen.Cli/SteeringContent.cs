using Lumen.Imaging;

namespace Lumen.Cli;

/// <summary>The file that steers <c>lumen generate</c>, read once: its picture and its hash come from the same bytes.</summary>
/// <param name="path">A picture, or a stored layout.</param>
/// <param name="isPicture">Whether it is a picture.</param>
internal sealed class SteeringContent(string path, bool isPicture)
{
    private readonly Lazy<byte[]> _bytes = new(() => isPicture ? PictureReader.ReadBytes(path) : File.ReadAllBytes(path));
    private string? _hash;

    /// <summary>SHA-256 of the content.</summary>
    public string Hash => _hash ??= GenerateRun.Hash(_bytes.Value);

    /// <summary>The picture.</summary>
    /// <param name="backdrop">What transparency is composited over; null: white.</param>
    public Picture Picture((byte, byte, byte)? backdrop = null) =>
        PictureReader.Decode(_bytes.Value, path, backdrop ?? (byte.MaxValue, byte.MaxValue, byte.MaxValue));
}
