using Lumen.Captioning;
using Lumen.Core.Native;
using Lumen.Generation;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Augmentation;

/// <summary>A new picture to be made: everything its bytes depend on.</summary>
/// <param name="Source">The picture it is made from.</param>
/// <param name="Prompt">What it is to look like.</param>
/// <param name="Seed">Seed of its noise.</param>
/// <param name="ConditioningScale">Weight of the layout.</param>
public sealed record VariantRequest(SourcePicture Source, PromptChoice Prompt, ulong Seed, double ConditioningScale)
{
    /// <summary>Its number among the new pictures of its source, from 0.</summary>
    public int Number { get; init; }

    /// <summary>0, or the number of the retry.</summary>
    public int Attempt { get; init; }

    /// <summary>The best of the earlier attempts; null on the first.</summary>
    internal GeneratedVariant? Best { get; init; }
}

/// <summary>A new picture as the model made it.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Picture">The picture at the working size.</param>
/// <param name="Agreement">How well each of its cells keeps the source's layout.</param>
public sealed record GeneratedVariant(VariantRequest Request, Picture Picture, AgreementMap Agreement)
{
    /// <summary>How far it shows what its prompt asks for; null without a CLIP, or where the prompt names none of its phrases.</summary>
    public PromptObedience? Obedience { get; init; }

    /// <summary>The picture at another size.</summary>
    public Picture PictureAt(int width, int height) =>
        Picture.Width == width && Picture.Height == height ? Picture : Resizing.Resize(Picture, width, height);

    /// <summary>The agreement of every pixel at another size: [H, W] flattened, -1...1.</summary>
    public float[] AgreementAt(int width, int height) => Agreement.At(Request.Source.Padded, Request.Source.Working, (width, height));
}

/// <summary>
/// Makes pictures, several in one batch. Rounding may depend on the shape of a batch, so every batch is filled up with copies to its full
/// size: then a picture's bytes depend on its request alone, and neither on its neighbours nor on its place among them.
/// </summary>
public sealed class VariantMaker : IDisposable
{
    private const double ScaleStep = 0.25,
        LargestScale = 2;
    private readonly PromptEmbeddings _embeddings;
    private readonly ImageGenerator _generator;
    private readonly GenerationOptions _generation;
    private readonly VariantSizing _sizing;

    public VariantMaker(ImageGenerator generator, GenerationOptions generation, VariantSizing sizing)
    {
        _embeddings = new PromptEmbeddings(generator.Model);
        _generator = new ImageGenerator(generator.Model, generator.Adapter)
        {
            Embeddings = _embeddings,
            Obedience = generator.Obedience,
            Workers = generator.Workers,
        };
        (_generation, _sizing) = (generation with { Width = null, Height = null }, sizing); // sources decide the size
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
        return new SourcePicture(picture, layout, ItemHash.Of(layout.Layout.Map.bytes))
        {
            Seen = _generator.Obedience is { } evaluator ? new Lazy<PhraseShares>(() => evaluator.Look(picture)) : null,
        };
    }

    /// <summary>A picture's layout at the model's own scale, for comparing pictures; tiles would add nothing.</summary>
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

    /// <summary>The conditioning scale of an attempt: the second retry and later ones hold on to the layout more tightly.</summary>
    public double ConditioningScaleOf(int attempt) =>
        Math.Min(LargestScale, Math.Round(_generation.ConditioningScale * (1 + ScaleStep * Math.Max(0, attempt - 1)), 4));

    /// <summary>
    /// Pictures in one batch; those of larger sources may be fewer. Tiles fill batches of their own, so such pictures are made one by one.
    /// </summary>
    public int BatchSizeFor(SourcePicture source) => IsTiled ? 1 : BatchFor(source.Padded);

    /// <summary>Pictures or tiles in one batch, as the manifest records it.</summary>
    public int RecordedBatch(SourcePicture source) => IsTiled ? Tiles(source.Working) : BatchFor(source.Padded);

    /// <summary>Pictures that keep all workers of the generator busy.</summary>
    public int RequestsAtOnce(SourcePicture source) => BatchSizeFor(source) * _generator.Workers;

    /// <summary>Generates pictures, a batch on each worker, and compares their layouts with their sources'.</summary>
    /// <param name="requests">Of one padded size and conditioning scale; any number, best <see cref="RequestsAtOnce"/>.</param>
    /// <param name="stop">Stops between steps.</param>
    public IReadOnlyList<GeneratedVariant> Make(IReadOnlyList<VariantRequest> requests, CancellationToken stop)
    {
        var batches = requests.Chunk(BatchSizeFor(requests[0].Source)).ToArray();
        var made = new GeneratedVariant[batches.Length][];
        ParallelCalls.Run(batches.Length, _generator.Workers, index => made[index] = MakeBatch(batches[index], stop));
        return [.. made.SelectMany(batch => batch)];
    }

    private GeneratedVariant[] MakeBatch(VariantRequest[] requests, CancellationToken stop)
    {
        var options = _generation with { ConditioningScale = requests[0].ConditioningScale };
        var size = BatchSizeFor(requests[0].Source);
        VariantRequest[] filled = [.. requests, .. Enumerable.Repeat(requests[^1], size - requests.Length)];
        var batch = filled
            .Select(request =>
                GenerationRequest.For(request.Source.Layout, request.Prompt.Prompt) with
                {
                    Seed = request.Seed,
                    NegativePrompt = request.Prompt.Negative,
                }
            )
            .ToArray();
        var pictures = IsTiled
            ? [Tiled(requests[0].Source.Layout.Picture).Generate(batch[0], options, null, stop)]
            : _generator.GenerateBatch(batch, options, null, stop);
        var maps = Agreement(pictures, filled);
        return
        [
            .. requests.Select(
                (request, i) =>
                    new GeneratedVariant(request with { Best = null }, pictures[i], maps[i])
                    {
                        Obedience = ObedienceOf(request, pictures[i]),
                    }
            ),
        ];
    }

    public void Dispose() => _embeddings.Dispose();

    private PromptObedience? ObedienceOf(VariantRequest request, Picture picture) =>
        _generator.Obedience is { } evaluator && evaluator.Asks(request.Prompt.Prompt)
            ? evaluator.Of(request.Prompt.Prompt, evaluator.Look(picture), request.Source.Seen?.Value)
            : null;

    private AgreementMap[] Agreement(IReadOnlyList<Picture> pictures, VariantRequest[] requests)
    {
        using var scope = NewDisposeScope();
        if (IsTiled)
        {
            using var own = Tiled(pictures[0]).ExtractLayout(pictures[0]);
            return [AgreementMap.Of(own.Layout.Map, requests[0].Source.Layout.Layout.Map)];
        }
        var layouts = _generator.ExtractLayouts(pictures); // [B, N, h, w]
        return [.. requests.Select((request, i) => AgreementMap.Of(layouts[i], request.Source.Layout.Layout.Map))];
    }

    private TiledGenerator Tiled(Picture working) => new(_generator, Tiles((working.Width, working.Height)));

    private int Tiles((int Width, int Height) working) =>
        _sizing.BatchFor(Math.Min((long)Model.NativeSize * Model.NativeSize, (long)working.Width * working.Height), Model);

    private int BatchFor((int Width, int Height) padded) =>
        _sizing.Batch is null && !BatchRules.KeepsBytes(Model, _generator.Workers)
            ? 1
            : _sizing.BatchFor((long)padded.Width * padded.Height, Model);
}

/// <summary>
/// Requests that wait for a batch. Those of one padded size and conditioning scale can share one; which ones do changes nothing in their
/// bytes.
/// </summary>
/// <param name="batchSize">How many pictures of a source's size make a batch.</param>
internal sealed class VariantQueue(Func<SourcePicture, int> batchSize)
{
    private readonly Dictionary<(int, int, double), Queue<VariantRequest>> _waiting = [];

    /// <summary>Everything that waits.</summary>
    public IEnumerable<VariantRequest> Waiting => _waiting.Values.SelectMany(queue => queue);

    /// <summary>Adds a request.</summary>
    public void Add(VariantRequest request)
    {
        var key = (request.Source.Padded.Width, request.Source.Padded.Height, request.ConditioningScale);
        if (!_waiting.TryGetValue(key, out var queue))
            _waiting[key] = queue = new Queue<VariantRequest>();
        queue.Enqueue(request);
    }

    /// <summary>A full batch, or null where there is none.</summary>
    public IReadOnlyList<VariantRequest>? TakeFull() =>
        _waiting.Values.FirstOrDefault(queue => queue.Count > 0 && queue.Count >= batchSize(queue.Peek().Source)) is { } queue
            ? Take(queue)
            : null;

    /// <summary>A batch that may be smaller, or null where nothing waits.</summary>
    public IReadOnlyList<VariantRequest>? TakeRest() =>
        _waiting.Values.FirstOrDefault(queue => queue.Count > 0) is { } queue ? Take(queue) : null;

    private IReadOnlyList<VariantRequest> Take(Queue<VariantRequest> queue)
    {
        var taken = new List<VariantRequest>();
        for (var count = batchSize(queue.Peek().Source); count > 0 && queue.TryDequeue(out var one); count--)
            taken.Add(one);
        return taken;
    }
}
