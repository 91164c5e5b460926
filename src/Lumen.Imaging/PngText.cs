namespace Lumen.Imaging;

/// <summary>What a PNG of ours says about its making. No absolute paths belong in either field.</summary>
/// <param name="Parameters">The text chunk <c>parameters</c> as AUTOMATIC1111's web UI writes it: prompt, negative prompt, settings. Null:
/// no such chunk.</param>
/// <param name="Lumen">The text chunk <c>lumen</c>: JSON that reproduces the picture. Null: no such chunk.</param>
public sealed record PngText(string? Parameters, string? Lumen);
