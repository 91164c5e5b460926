using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>A new picture as it will be written.</summary>
/// <param name="Made">What the model made.</param>
/// <param name="Picture">At the size it will have, kept regions put back.</param>
/// <param name="Agreement">Of every pixel with the source's layout, [H, W] flattened, -1...1.</param>
internal sealed record FinishedPicture(MadePicture Made, Picture Picture, float[] Agreement)
{
    /// <summary>Label files without the pixels that are not trusted.</summary>
    public IReadOnlyList<(string Name, LabelRaster Labels)> Trusted { get; init; } = [];

    /// <summary>Resampled labels by the names of their sources; those that are not here are copied.</summary>
    public IReadOnlyDictionary<string, LabelRaster> Labels { get; init; } = new Dictionary<string, LabelRaster>();
}
