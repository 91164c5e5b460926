using Lumen.Core;
using Lumen.Core.Imaging;
using Lumen.Layouts;
using Lumen.Models.Vision;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>Pictures to neural layouts, with one model's features and one basis.</summary>
/// <param name="model">The backbone.</param>
/// <param name="basis">The basis; it stays the caller's.</param>
/// <param name="features">The extractor the basis was fitted to.</param>
public sealed class LayoutReader(DiffusionModel model, LayoutBasis basis, IFeatureExtractor features)
{
    private const int LongestSide = 4096;

    /// <summary>The basis.</summary>
    public LayoutBasis Basis => basis;

    /// <summary>Opens the basis in a folder - an adapter, or what <c>lumen layout fit</c> wrote - for a model.</summary>
    /// <exception cref="LumenException">There is none, or it belongs to another backbone.</exception>
    public static LayoutReader Load(string folder, DiffusionModel model)
    {
        var basis = LayoutBasis.Load(folder);
        return new LayoutReader(model, basis, LayoutAdapter.FeaturesOf(model, basis.Source));
    }

    /// <summary>
    /// The neural layout of a picture. The picture is brought to the model's working size - its shorter side to the native one, or the size asked for - and padded to whole cells.
    /// </summary>
    /// <param name="reference">Any size.</param>
    /// <param name="size">Width and height of the results; null keeps the reference's shape at the native scale.</param>
    /// <param name="item">Noise stream of the extraction; the same number gives the same layout.</param>
    /// <exception cref="LumenException">The size is out of range.</exception>
    public LayoutOfPicture Read(Picture reference, (int Width, int Height)? size = null, long item = 0)
    {
        var (width, height) = size ?? SizeFor(model, (reference.Width, reference.Height));
        var scaled = reference.Width == width && reference.Height == height ? reference : Resizing.Cover(reference, width, height);
        var padded = Resizing.Pad(scaled, model.SizeMultiple);
        using var scope = NewDisposeScope();
        var extracted = features.Extract(PictureTensor.ToTensor(padded.Picture), [item]);
        return new LayoutOfPicture(basis.Layout(extracted, padded.Picture.Width, padded.Picture.Height), scaled, padded);
    }

    /// <summary>The size of results: what was asked for; where one side or none was, the picture's proportions, by default with the shorter side the model's native one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="picture">Size of the reference.</param>
    /// <param name="width">Width asked for, or null.</param>
    /// <param name="height">Height asked for, or null.</param>
    /// <exception cref="LumenException">A side is out of range.</exception>
    public static (int Width, int Height) SizeFor(DiffusionModel model, (int Width, int Height) picture, int? width = null, int? height = null)
    {
        var scale = (width, height) switch
        {
            ({ } w, _) => w / (double)picture.Width,
            (_, { } h) => h / (double)picture.Height,
            _ => model.NativeSize / (double)Math.Min(picture.Width, picture.Height),
        };
        var (wide, high) = (width ?? Scaled(picture.Width), height ?? Scaled(picture.Height));
        return wide is >= 1 and <= LongestSide && high is >= 1 and <= LongestSide
            ? (wide, high)
            : throw new LumenException($"Results must have sides of 1 to {LongestSide} pixels but would be {wide} x {high}. Give --width and --height within these limits; the reference is cropped to their proportions.");

        int Scaled(int side) => (int)Math.Clamp(Math.Round(side * scale), 1, int.MaxValue);
    }
}
