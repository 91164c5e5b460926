namespace Lumen.Augmentation;

/// <summary>
/// A source that is ready to make pictures from, and how many of them are still to come: with the last one its layout is freed.
/// </summary>
/// <param name="Picture">The picture with its layout.</param>
/// <param name="Sha256">Hash of its file.</param>
/// <param name="Kept">Pixels that are put back, or null.</param>
/// <param name="MaskSha256">Hash of the mask file they come from, or null.</param>
internal sealed record OpenedSource(SourcePicture Picture, string Sha256, bool[]? Kept, string? MaskSha256) : IDisposable
{
    private int _open;

    /// <summary>Notes how many pictures are to come.</summary>
    public void Expect(int count) => _open = count;

    /// <summary>One of them is settled.</summary>
    public void Settle()
    {
        if (--_open == 0)
            Dispose();
    }

    public void Dispose() => Picture.Dispose();
}
