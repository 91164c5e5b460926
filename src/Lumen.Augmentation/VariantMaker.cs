using Lumen.Generation;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Augmentation;

/// <summary>
/// Makes pictures, several in one pass. Rounding may depend on the shape of a pass, so every pass has the full one, filled up with copies:
/// then a picture's bytes hang on its source, prompt, seed and strength, and neither on its neighbours nor on its place among them.
/// </summary>
public sealed class VariantMaker : IDisposable
{
    private const double StrengthStep = 0.25,
        LargestStrength = 2;
    private readonly PromptEmbeddings _embeddings;
    private readonly ImageGenerator _generator;
    private readonly GenerationOptions _generation;
    private readonly VariantSizing _sizing;

    public VariantMaker(ImageGenerator generator, GenerationOptions generation, VariantSizing sizing)
    {
        _embeddings = new PromptEmbeddings(generator.Model);
        _generator = new ImageGenerator(generator.Model, generator.Adapter) { Embeddings = _embeddings };
        (_generation, _sizing) = (generation, sizing);
    }

    private DiffusionModel Model => _generator.Model;

    /// <summary>Whether <see cref="Open"/> works at the scale of <see cref="Overview"/>.</summary>
    public bool OpensOverviews => _sizing is { Fit: PictureFit.Pad, Resolution: null };

    private bool IsTiled => _sizing.Fit == PictureFit.Tile;

    /// <summary>
    /// Brings a picture to the working size (the same geometry: both sides are scaled, nothing is cut) and extracts its layout.
    /// </summary>
    public SourcePicture Open(Picture picture) => OpenAt(picture, _sizing.For(picture, Model));

    /// <summary>The same at a given working size.</summary>
    public SourcePicture OpenAt(Picture picture, (int Width, int Height) size)
    {
        var working =
            picture.Width == size.Width && picture.Height == size.Height ? picture : Resizing.Resize(picture, size.Width, size.Height);
        var layout = IsTiled ? Tiled(working).ExtractLayout(working) : _generator.ExtractLayout(working, size);
        return new SourcePicture(picture, layout, ItemHash.Of(layout.Layout.Map.bytes));
    }

    /// <summary>A picture's layout at the model's own scale, for comparing pictures: tiles would tell no more.</summary>
    public ExtractedLayout Overview(Picture picture)
    {
        var size = new VariantSizing().For(picture, Model);
        return _generator.ExtractLayout(
            picture.Width == size.Width && picture.Height == size.Height ? picture : Resizing.Resize(picture, size.Width, size.Height),
            size
        );
    }

    /// <summary>The seed of an attempt.</summary>
    public static ulong SeedOf(ulong seed, string source, int variant, int attempt) =>
        ItemHash.Number($"{seed}\nnoise\n{source}\n{variant}\n{attempt}");

    /// <summary>The strength of an attempt: the second retry and later ones hold on to the layout more tightly.</summary>
    public double StrengthOf(int attempt) =>
        Math.Min(LargestStrength, Math.Round(_generation.Strength * (1 + StrengthStep * Math.Max(0, attempt - 1)), 4));

    /// <summary>
    /// Pictures in one pass; those of larger sources may be fewer. Tiles fill passes of their own, so such pictures are made one by one.
    /// </summary>
    public int SlotsFor(SourcePicture source) => IsTiled ? 1 : BatchFor(source.Padded);

    /// <summary>Pictures or tiles in one pass, as the manifest records it.</summary>
    public int RecordedBatch(SourcePicture source) => IsTiled ? Tiles(source.Working) : BatchFor(source.Padded);

    /// <summary>Generates pictures in one pass, and compares their layouts with their sources'.</summary>
    /// <param name="attempts">Of one padded size and strength; at most <see cref="SlotsFor"/>.</param>
    /// <param name="stop">Stops between steps.</param>
    public IReadOnlyList<MadePicture> Make(IReadOnlyList<VariantAttempt> attempts, CancellationToken stop)
    {
        var options = _generation with { Strength = attempts[0].Strength };
        var slots = Math.Max(SlotsFor(attempts[0].Source), attempts.Count);
        VariantAttempt[] filled = [.. attempts, .. Enumerable.Repeat(attempts[^1], slots - attempts.Count)];
        var requests = filled
            .Select(attempt =>
                GenerationRequest.For(attempt.Source.Layout, attempt.Prompt) with
                {
                    Seed = attempt.Seed,
                    NegativePrompt = attempt.Negative,
                }
            )
            .ToArray();
        var pictures = IsTiled
            ? [Tiled(attempts[0].Source.Layout.Picture).Generate(requests[0], options, null, stop)]
            : _generator.GenerateBatch(requests, options, null, stop);
        var maps = Agreement(pictures, filled);
        return [.. attempts.Select((attempt, i) => new MadePicture(pictures[i], maps[i], attempt.Number, attempt.Seed, attempt.Strength))];
    }

    public void Dispose() => _embeddings.Dispose();

    private AgreementMap[] Agreement(IReadOnlyList<Picture> pictures, VariantAttempt[] attempts)
    {
        using var scope = NewDisposeScope();
        if (IsTiled)
        {
            using var own = Tiled(pictures[0]).ExtractLayout(pictures[0]);
            return [AgreementMap.Of(own.Layout.Map, attempts[0].Source.Layout.Layout.Map)];
        }
        var layouts = _generator.ExtractLayouts(pictures); // [B, N, h, w]
        return [.. attempts.Select((attempt, i) => AgreementMap.Of(layouts[i], attempt.Source.Layout.Layout.Map))];
    }

    private TiledGenerator Tiled(Picture working) => new(_generator, Tiles((working.Width, working.Height)));

    private int Tiles((int Width, int Height) working) =>
        _sizing.BatchFor(Math.Min((long)Model.NativeSize * Model.NativeSize, (long)working.Width * working.Height), Model);

    private int BatchFor((int Width, int Height) padded) =>
        _sizing.Batch is null ? 1 : _sizing.BatchFor((long)padded.Width * padded.Height, Model);
}
