using Lumen.Core.Imaging;

namespace Lumen.Augmentation;

/// <summary>A new picture as it will be written.</summary>
/// <param name="Made">What the model made.</param>
/// <param name="Picture">At the source's size, kept regions put back.</param>
/// <param name="Agreement">Of every pixel with the source's layout, [H, W] flattened, -1...1.</param>
internal sealed record FinishedPicture(MadePicture Made, Picture Picture, float[] Agreement)
{
    /// <summary>Label files without the pixels that are not trusted: names and how to write them.</summary>
    public IReadOnlyList<(string Name, Action<string> Write)> Trusted { get; init; } = [];
}
