using Lumen.Captioning;
using Lumen.Core.Native;
using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Layouts;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>Layout and prompt to pictures: the whole of the method's generation side, for one model and one adapter.</summary>
/// <param name="model">The frozen base.</param>
/// <param name="adapter">The adapter, or null to generate from prompts alone.</param>
public sealed partial class ImageGenerator(DiffusionModel model, LayoutAdapter? adapter)
{
    /// <summary>The frozen base.</summary>
    public DiffusionModel Model => model;

    /// <summary>The adapter, or null.</summary>
    public LayoutAdapter? Adapter => adapter;

    /// <summary>
    /// An ordinary ControlNet for requests with a <see cref="GenerationRequest.ConditionImage"/>, or null. It stays the caller's.
    /// </summary>
    public ControlNetAdapter? ControlNetAdapter { get; init; }

    /// <summary>Keeps prompts' embeddings from call to call, or null. It stays the caller's.</summary>
    public PromptEmbeddings? Embeddings { get; init; }

    /// <summary>
    /// Measures prompt obedience where pictures are recorded with figures (augmentation), or null. It stays the caller's.
    /// </summary>
    public ObedienceEvaluator? Obedience { get; init; }

    /// <summary>
    /// Passes at once, each on one thread of its own; 1: one after the other, on as many threads as libtorch has. Where libtorch has one
    /// thread, too (<c>torch.set_num_threads</c>), no byte of a picture depends on it.
    /// </summary>
    public int Workers { get; init; } = 1;

    /// <summary>
    /// A request steered by a picture of edges, depth or the like, which is brought to the results' size: the one asked for, or the
    /// picture's own shape at the model's native scale.
    /// </summary>
    /// <param name="condition">Any size.</param>
    /// <param name="prompt">Appearance in words.</param>
    /// <param name="size">Width and height of the results; null keeps the picture's shape.</param>
    public GenerationRequest RequestFor(Picture condition, string prompt, (int Width, int Height)? size = null)
    {
        var (width, height) = size ?? NativeSizeOf(condition);
        var fitted =
            ControlNetAdapter?.Producer is { } producer ? producer.Fit(condition, width, height)
            : condition.Width == width && condition.Height == height ? condition
            : Resizing.Cover(condition, width, height);
        var padded = Resizing.Pad(fitted, model.SizeMultiple).Picture;
        return new GenerationRequest(prompt, null, width, height)
        {
            ConditionImage = fitted,
            PaddedWidth = padded.Width,
            PaddedHeight = padded.Height,
        };
    }

    /// <summary>A request steered by a layout: of the size that the options ask for, or of the layout's own picture.</summary>
    /// <param name="layout">Of this adapter's basis; it stays the caller's.</param>
    /// <param name="prompt">Appearance in words.</param>
    /// <param name="options">Width and height; null sides follow the layout's proportions.</param>
    /// <exception cref="LumenException">The size is out of range.</exception>
    public GenerationRequest RequestFor(NeuralLayout layout, string prompt, GenerationOptions options)
    {
        var own = (layout.ImageWidth, layout.ImageHeight);
        var (width, height) =
            (options.Width, options.Height) == (null, null)
                ? own
                : LayoutExtractor.SizeFor(WorkingSize.Of(model), own, options.Width, options.Height);
        var cell = model.SizeMultiple;
        return new GenerationRequest(prompt, layout, width, height)
        {
            PaddedWidth = (width + cell - 1) / cell * cell,
            PaddedHeight = (height + cell - 1) / cell * cell,
        };
    }

    /// <summary>
    /// The neural layout of a picture. The picture is brought to the model's working size - its shorter side to the native one, or the size
    /// asked for - and padded to whole cells.
    /// </summary>
    /// <param name="reference">Any size.</param>
    /// <param name="size">Width and height of the results; null keeps the reference's shape at the native scale.</param>
    /// <param name="item">Noise stream of the extraction; the same number gives the same layout.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <exception cref="LumenException">There is no adapter, or the size is out of range.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public ExtractedLayout ExtractLayout(
        Picture reference,
        (int Width, int Height)? size = null,
        long item = 0,
        CancellationToken stop = default
    )
    {
        model.GiveBackMemory();
        var layout = new LayoutExtractor(WorkingSize.Of(model), Required().Basis, Required().Features).Read(reference, size, item, stop);
        model.GiveBackMemory();
        return layout;
    }

    /// <summary>
    /// The layouts of several pictures in one pass, as <see cref="ExtractLayout"/> gives them at the pictures' own size (to rounding).
    /// </summary>
    /// <param name="pictures">Of one size.</param>
    /// <returns>[B, N, h, w] float32 on the processor; the caller disposes it.</returns>
    public Tensor ExtractLayouts(IReadOnlyList<Picture> pictures)
    {
        using var scope = NewDisposeScope();
        // [B, 3, H, W]
        var images = PictureTensor.ToTensor([.. pictures.Select(picture => Resizing.Pad(picture, model.SizeMultiple).Picture)]);
        return Required().Basis.Project(Required().Features.Extract(images, new long[pictures.Count])).cpu().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Pictures with the layout's composition and the prompt's appearance, <see cref="GenerationOptions.Count"/> of them.
    /// </summary>
    /// <param name="request">Layout and prompt.</param>
    /// <param name="options">Everything else.</param>
    /// <param name="progress">Called after every denoising step.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <exception cref="LumenException">An option is out of range, or the layout belongs to another basis.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public IReadOnlyList<Picture> Generate(
        GenerationRequest request,
        GenerationOptions options,
        IProgress<GenerationStep>? progress = null,
        CancellationToken stop = default
    ) => [.. GeneratePasses(request, options, progress, stop).SelectMany(pass => pass)];

    /// <summary>
    /// The same pictures, those of a pass as soon as it is done: <see cref="GenerationOptions.BatchSize"/> of them are made at once.
    /// </summary>
    /// <param name="request">Layout and prompt.</param>
    /// <param name="options">Everything else.</param>
    /// <param name="progress">Called after every denoising step.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <exception cref="LumenException">An option is out of range, or the layout belongs to another basis.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public IEnumerable<IReadOnlyList<Picture>> GeneratePasses(
        GenerationRequest request,
        GenerationOptions options,
        IProgress<GenerationStep>? progress = null,
        CancellationToken stop = default
    )
    {
        Require([request], options);
        return Passes();

        IEnumerable<IReadOnlyList<Picture>> Passes()
        {
            using var own = Embeddings is null ? new PromptEmbeddings(model) : null;
            var batch = BatchRules.SizeFor(request, options, model, Workers);
            var batches = Enumerable
                .Range(0, options.Count)
                .Select(item => request with { FirstItem = request.FirstItem + item })
                .Chunk(batch)
                .ToArray();
            var steps = progress is null ? null : new TotalProgress(progress, batches.Length);
            foreach (var round in batches.Chunk(Workers))
            {
                var made = new Picture[round.Length][];
                ParallelCalls.Run(
                    round.Length,
                    Workers,
                    index => made[index] = Pass(round[index], options, Embeddings ?? own!, steps, stop)
                );
                foreach (var pictures in made)
                    yield return pictures;
            }
        }
    }

    /// <summary>
    /// A picture of each of several requests, all in one pass, each exactly as if it were generated alone (to rounding): every picture
    /// keeps its own noise stream.
    /// </summary>
    /// <param name="requests">Of one padded size; with a layout in all of them or in none.</param>
    /// <param name="options">The same for all; seed and negative prompt for those that have none of their own. Count and batch size are
    /// the requests'.</param>
    /// <param name="progress">Called after every denoising step.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <returns>The pictures in the order of the requests.</returns>
    /// <exception cref="LumenException">An option is out of range, or a layout belongs to another basis.</exception>
    /// <exception cref="ArgumentException">No requests, or requests that cannot share a batch.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public IReadOnlyList<Picture> GenerateBatch(
        IReadOnlyList<GenerationRequest> requests,
        GenerationOptions options,
        IProgress<GenerationStep>? progress = null,
        CancellationToken stop = default
    )
    {
        Require(requests, options);
        using var own = Embeddings is null ? new PromptEmbeddings(model) : null;
        return Pass(requests, options, Embeddings ?? own!, progress, stop);
    }

    /// <summary>
    /// How well a picture keeps a layout: the cosine between its own layout and the given one, averaged over cells; 1 is equal.
    /// </summary>
    /// <param name="picture">A result.</param>
    /// <param name="layout">The layout that it was to keep.</param>
    /// <param name="item">Noise stream of the extraction.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <exception cref="LumenException">There is no adapter that reads layouts.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public double Agreement(Picture picture, NeuralLayout layout, long item = 0, CancellationToken stop = default)
    {
        using var own = ExtractLayout(picture, (picture.Width, picture.Height), item, stop).Layout;
        using var scope = NewDisposeScope();
        var same = own.Map.shape.SequenceEqual(layout.Map.shape);
        // [N, h, w]
        var wanted = same ? layout.Map : Bilinear.Resize(layout.Map.unsqueeze(0), own.Map.shape[1], own.Map.shape[2]).squeeze(0);
        return nn.functional.cosine_similarity(own.Map, wanted, 0).mean().item<float>();
    }

    /// <summary>The size at which a picture is worked on by default: its shorter side the model's native one.</summary>
    public (int Width, int Height) NativeSizeOf(Picture picture) =>
        LayoutExtractor.SizeFor(WorkingSize.Of(model), (picture.Width, picture.Height));

    private void Require(IReadOnlyList<GenerationRequest> requests, GenerationOptions options)
    {
        options.Validate(model.Schedule.Config.TrainTimesteps);
        BatchRules.Require(requests);
        foreach (var request in requests)
            if (request.Width != (options.Width ?? request.Width) || request.Height != (options.Height ?? request.Height))
                throw new ArgumentException(
                    $"requests must have the size of the options, {options.Width} x {options.Height}, but one is {request.Width} x "
                        + $"{request.Height}: use RequestFor.",
                    nameof(requests)
                );
    }

    private Picture[] Pass(
        IReadOnlyList<GenerationRequest> requests,
        GenerationOptions options,
        PromptEmbeddings embeddings,
        IProgress<GenerationStep>? progress,
        CancellationToken stop
    )
    {
        stop.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        var shape = new[]
        {
            model.UNet.Config.InChannels,
            requests[0].PaddedHeight / model.Vae.Config.Stride,
            requests[0].PaddedWidth / model.Vae.Config.Stride,
        };
        // one stream a picture: no batch size changes it
        var start = new DenoisingStart(
            [.. requests.Select(request => new RandomStream(request.Seed ?? options.Seed).For(request.FirstItem))],
            shape
        )
        {
            Latents = Initial(requests, stop),
        };
        var prompts = (
            embeddings.Of([.. requests.Select(request => request.Prompt)]),
            embeddings.Of([.. requests.Select(request => request.NegativePrompt ?? options.NegativePrompt)])
        );
        var control = requests[0].ConditionImage is null ? adapter?.Control : ControlNetAdapter?.Control;
        stop.ThrowIfCancellationRequested();
        var loop = new DenoisingLoop(model.UNet, control, model.Schedule) { Stop = stop };
        using var latents = loop.Finish(
            start,
            prompts,
            Conditions(requests, options),
            options,
            progress is null ? null : step => progress.Report(GenerationStep.Of(step, Decoded))
        );
        return Decoded(latents);

        Picture[] Decoded(Tensor latents)
        {
            using var decoding = NewDisposeScope();
            model.GiveBackMemory();
            var images = options.VaeTiling ? model.DecodeTiled(latents, stop) : model.Decode(latents); // [B, 3, H, W]
            return [.. PictureTensor.ToPictures(images).Select((picture, i) => Cropped(picture, requests[i]))];
        }
    }

    private static Picture Cropped(Picture picture, GenerationRequest request) =>
        picture.Width == request.Width && picture.Height == request.Height
            ? picture
            : Resizing.Crop(picture, 0, 0, request.Width, request.Height);

    // The latents of the pictures to begin from, [B, C, h, w], or null. They are brought to the results' size and padded as a reference is.
    private Tensor? Initial(IReadOnlyList<GenerationRequest> requests, CancellationToken stop)
    {
        if (requests[0].Initial is null)
            return null;
        using var scope = NewDisposeScope();
        var latents = Once(
            requests,
            request => (request.Initial!, request.Width, request.Height),
            request =>
            {
                stop.ThrowIfCancellationRequested();
                var fitted = Resizing.Pad(Resizing.Cover(request.Initial!, request.Width, request.Height), model.SizeMultiple);
                return model.Encode(PictureTensor.ToTensor(fitted.Picture));
            }
        );
        return cat(latents).MoveToOuterDisposeScope();
    }

    // [B, K, H, W], or null where nothing steers.
    private Tensor? Conditions(IReadOnlyList<GenerationRequest> requests, GenerationOptions options) =>
        requests[0] is { Layout: null, ConditionImage: null }
            ? null
            : cat(
                Once(
                    requests,
                    request => ((object?)request.Layout ?? request.ConditionImage, request.PaddedWidth, request.PaddedHeight),
                    request => Condition(request, options)
                )
            );

    // What requests share is computed once.
    private static Tensor[] Once<TKey>(
        IReadOnlyList<GenerationRequest> requests,
        Func<GenerationRequest, TKey> key,
        Func<GenerationRequest, Tensor> compute
    )
        where TKey : notnull
    {
        var known = new Dictionary<TKey, Tensor>();
        return
        [
            .. requests.Select(request =>
                known.TryGetValue(key(request), out var tensor) ? tensor : known[key(request)] = compute(request)
            ),
        ];
    }

    private Tensor Condition(GenerationRequest request, GenerationOptions options)
    {
        if (request.ConditionImage is { } picture)
        {
            if (ControlNetAdapter is null)
                throw new LumenException(
                    LumenErrorKind.Model,
                    $"No ControlNet for pictures is loaded for {model.Name}, so it cannot follow a condition image. Give `Adapter` "
                        + "a diffusers ControlNet folder."
                );
            var padded = Resizing.Pad(picture, model.SizeMultiple).Picture;
            return (padded.Width, padded.Height) == (request.PaddedWidth, request.PaddedHeight)
                ? ControlNetAdapter.ConditionOf(padded)
                : throw new ArgumentException(
                    $"request must be {padded.Width} x {padded.Height} with its padding, like its condition image, but is "
                        + $"{request.PaddedWidth} x {request.PaddedHeight}: use RequestFor.",
                    nameof(request)
                );
        }
        request.Layout!.Require(Required().Basis);
        using var first = options.Components is { } components ? request.Layout.First(components) : null;
        return LayoutAdapter.Condition((first ?? request.Layout).Map.unsqueeze(0), request.PaddedHeight, request.PaddedWidth);
    }

    private LayoutAdapter Required() =>
        adapter
        ?? throw new LumenException(
            LumenErrorKind.Model,
            $"The model {model.Name} has no adapter, so it cannot read layouts. Give `Adapter` a LUMEN adapter folder."
        );

    // One pass after the other, or several at once: what is told is told by one at a time.
    private sealed class TotalProgress(IProgress<GenerationStep> all, int passes) : IProgress<GenerationStep>
    {
        private readonly Lock _telling = new();
        private int _done;

        public void Report(GenerationStep value)
        {
            lock (_telling)
                all.Report(value with { Index = ++_done, Total = passes * value.Total });
        }
    }
}
