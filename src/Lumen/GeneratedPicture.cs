using Lumen.Captioning;
using Lumen.Generation;
using Lumen.Imaging;

namespace Lumen;

/// <summary>A generated picture.</summary>
/// <param name="Index">Its number among those of the request, from 0.</param>
/// <param name="Picture">Its pixels.</param>
/// <param name="Record">Everything that made it, as it stands in its file.</param>
public sealed record GeneratedPicture(int Index, Picture Picture, GenerationRecord Record)
{
    /// <summary>The seed that makes this picture alone, as the first of its request.</summary>
    public ulong Seed => Record.PictureSeed;

    /// <summary>How well it keeps the layout: mean cosine of the cells, -1...1, 1 is equal; null where no layout was given.</summary>
    public double? Agreement => Record.Layout?.Agreement;

    /// <summary>
    /// How far it shows what the prompt asks for, in each group of phrases that the prompt names one of; null where it names none, or the
    /// model has no CLIP.
    /// </summary>
    public PromptObedience? Obedience => Record.Obedience;

    /// <summary>The picture as a PNG file with <see cref="Record"/> in it.</summary>
    public byte[] ToPng() => PngWriter.EncodeRgb(Picture, Record.ToPngText());

    /// <summary>Writes <see cref="ToPng"/> to a file, which appears as a whole or not at all.</summary>
    /// <param name="path">Ends with <c>.png</c>; its folder must be there.</param>
    /// <exception cref="LumenException">The path ends otherwise, or the file cannot be written.</exception>
    public void Save(string path) => Picture.Save(path, Record.ToPngText());
}
