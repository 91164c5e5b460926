using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Models.Vision;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>Pictures to neural layouts, with one network's features and one basis.</summary>
/// <param name="size">At which size the pictures are worked on.</param>
/// <param name="basis">The basis; it stays the caller's.</param>
/// <param name="features">The extractor the basis was fitted to.</param>
public sealed class LayoutExtractor(WorkingSize size, LayoutBasis basis, IFeatureExtractor features) : IDisposable
{
    private const int LongestSide = 4096;
    private readonly List<IDisposable> _owned = [];

    /// <summary>The basis.</summary>
    public LayoutBasis Basis => basis;

    /// <summary>
    /// Opens the basis in a folder - an adapter, or what <c>lumen layout fit</c> wrote - with the backbone it was fitted to.
    /// </summary>
    /// <param name="folder">The basis.</param>
    /// <param name="weights">Weights of a vision transformer; null where the basis is a diffusion model's.</param>
    /// <param name="placement">Device and compute type of the vision transformer.</param>
    /// <param name="model">Opens the diffusion model; called where the basis is one's.</param>
    /// <param name="registry">The backbones that the weights may be of; null for the built-in ones.</param>
    /// <returns>A reader that owns basis and backbone.</returns>
    /// <exception cref="LumenException">There is none, or it belongs to another backbone.</exception>
    public static LayoutExtractor Open(
        string folder,
        string? weights,
        Placement placement,
        Func<DiffusionModel> model,
        LumenRegistry? registry = null
    )
    {
        List<IDisposable> owned = [];
        try
        {
            var basis = Owned(LayoutBasis.Load(folder));
            var vision = weights is null ? null : Owned(VisionBackboneFile.Open(weights, placement, registry: registry));
            var diffusion = basis.Source.IsDiffusion && vision is null ? Owned(model()) : null;
            IFeatureExtractor features = diffusion is null
                ? VisionBackboneFile.FeaturesOf(vision, basis.Source)
                : LayoutAdapter.FeaturesOf(diffusion, basis.Source);
            var reader = new LayoutExtractor(
                diffusion is null ? VisionBackboneFile.SizeOf(vision!, basis.Source) : WorkingSize.Of(diffusion),
                basis,
                features
            );
            reader._owned.AddRange(owned);
            return reader;
        }
        catch
        {
            owned.ForEach(part => part.Dispose());
            throw;
        }

        T Owned<T>(T part)
            where T : IDisposable
        {
            owned.Add(part);
            return part;
        }
    }

    /// <summary>
    /// The neural layout of a picture. The picture is brought to the network's working size - its shorter side to the native one, or the
    /// size asked for - and padded to whole cells.
    /// </summary>
    /// <param name="reference">Any size.</param>
    /// <param name="results">Width and height of the results; null keeps the reference's shape at the native scale.</param>
    /// <param name="item">Noise stream of the extraction; the same number gives the same layout.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <exception cref="LumenException">The size is out of range.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public ExtractedLayout Read(Picture reference, (int Width, int Height)? results = null, long item = 0, CancellationToken stop = default)
    {
        var (width, height) = results ?? SizeFor(size, (reference.Width, reference.Height));
        var scaled = reference.Width == width && reference.Height == height ? reference : Resizing.Cover(reference, width, height);
        var padded = Resizing.Pad(scaled, size.Multiple);
        using var scope = NewDisposeScope();
        var extracted = features.Extract(PictureTensor.ToTensor(padded.Picture), [item], stop);
        return new ExtractedLayout(basis.Layout(extracted, padded.Picture.Width, padded.Picture.Height), scaled, padded)
        {
            RelativeError = basis.RelativeError(extracted),
        };
    }

    /// <summary>
    /// The size of results: what was asked for; where one side or none was, the picture's proportions, by default with the shorter side the
    /// model's native one.
    /// </summary>
    /// <param name="size">The network's.</param>
    /// <param name="picture">Size of the reference.</param>
    /// <param name="width">Width asked for, or null.</param>
    /// <param name="height">Height asked for, or null.</param>
    /// <exception cref="LumenException">A side is out of range.</exception>
    public static (int Width, int Height) SizeFor(WorkingSize size, (int Width, int Height) picture, int? width = null, int? height = null)
    {
        var scale = (width, height) switch
        {
            ({ } w, _) => w / (double)picture.Width,
            (_, { } h) => h / (double)picture.Height,
            _ => size.Native / (double)Math.Min(picture.Width, picture.Height),
        };
        var (wide, high) = (width ?? Scaled(picture.Width), height ?? Scaled(picture.Height));
        return wide is >= 1 and <= LongestSide && high is >= 1 and <= LongestSide
            ? (wide, high)
            : throw new LumenException(
                LumenErrorKind.Model,
                $"Results must have sides of 1 to {LongestSide} pixels but would be {wide} x {high}. Give `Width` and `Height` "
                    + "within these limits; the reference is cropped to their proportions."
            );

        int Scaled(int side) => (int)Math.Clamp(Math.Round(side * scale), 1, int.MaxValue);
    }

    /// <summary>Frees what <see cref="Open"/> opened.</summary>
    public void Dispose() => _owned.ForEach(part => part.Dispose());
}

/// <summary>A layout with the picture it was read from.</summary>
/// <param name="Layout">The layout; the owner disposes it.</param>
/// <param name="Picture">The reference at the size of the results.</param>
/// <param name="Padded">The same, padded to whole cells: what the layout covers.</param>
public sealed record ExtractedLayout(NeuralLayout Layout, Picture Picture, PaddedPicture Padded) : IDisposable
{
    /// <summary>
    /// Share of the variance of the picture's features that the layout leaves out, 0...1; see <see cref="LayoutBasis.RelativeError"/>.
    /// </summary>
    public double RelativeError { get; init; }

    public void Dispose() => Layout.Dispose();
}

/// <summary>At which sizes a network works on pictures.</summary>
/// <param name="Native">Shorter side in pixels to which pictures are brought.</param>
/// <param name="Multiple">What both sides must be a multiple of, so that no cell is cut.</param>
public readonly record struct WorkingSize(int Native, int Multiple)
{
    /// <summary>Those of a diffusion model.</summary>
    public static WorkingSize Of(DiffusionModel model) => new(model.NativeSize, model.SizeMultiple);
}
