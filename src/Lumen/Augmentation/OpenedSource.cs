namespace Lumen.Augmentation;

/// <summary>A source that is ready to make pictures from.</summary>
/// <param name="Picture">The picture with its layout.</param>
/// <param name="Sha256">Hash of its file.</param>
/// <param name="Kept">Pixels that are put back, or null.</param>
/// <param name="MaskSha256">Hash of the mask file they come from, or null.</param>
internal sealed record OpenedSource(SourcePicture Picture, string Sha256, bool[]? Kept, string? MaskSha256);
