using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Layouts;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>Layout and prompt to pictures: the whole of the method's generation side, for one model and one adapter.</summary>
/// <param name="model">The frozen base.</param>
/// <param name="adapter">The adapter, or null to generate from prompts alone.</param>
public sealed class ImageGenerator(DiffusionModel model, LayoutAdapter? adapter)
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
    /// A request steered by a picture of edges, depth or the like, which is brought to the results' size: the one asked for, or the
    /// picture's own shape at the model's native scale.
    /// </summary>
    /// <param name="condition">Any size.</param>
    /// <param name="prompt">Appearance in words.</param>
    /// <param name="size">Width and height of the results; null keeps the picture's shape.</param>
    public GenerationRequest RequestFor(Picture condition, string prompt, (int Width, int Height)? size = null)
    {
        var (width, height) = size ?? NativeSizeOf(condition);
        var fitted = condition.Width == width && condition.Height == height ? condition : Resizing.Cover(condition, width, height);
        var padded = Resizing.Pad(fitted, model.SizeMultiple).Picture;
        return new GenerationRequest(prompt, null, width, height)
        {
            ConditionImage = fitted,
            PaddedWidth = padded.Width,
            PaddedHeight = padded.Height,
        };
    }

    /// <summary>
    /// The neural layout of a picture. The picture is brought to the model's working size - its shorter side to the native one, or the size
    /// asked for - and padded to whole cells.
    /// </summary>
    /// <param name="reference">Any size.</param>
    /// <param name="size">Width and height of the results; null keeps the reference's shape at the native scale.</param>
    /// <param name="item">Noise stream of the extraction; the same number gives the same layout.</param>
    public ExtractedLayout ExtractLayout(Picture reference, (int Width, int Height)? size = null, long item = 0) =>
        new LayoutExtractor(WorkingSize.Of(model), Required().Basis, Required().Features).Read(reference, size, item);

    /// <summary>
    /// The layouts of several pictures in one pass, as <see cref="ExtractLayout"/> gives them at the pictures' own size (to rounding).
    /// </summary>
    /// <param name="pictures">Of one size.</param>
    /// <returns>[B, N, h, w] float32; the caller disposes it.</returns>
    public Tensor ExtractLayouts(IReadOnlyList<Picture> pictures)
    {
        using var scope = NewDisposeScope();
        // [B, 3, H, W]
        var images = PictureTensor.ToTensor([.. pictures.Select(picture => Resizing.Pad(picture, model.SizeMultiple).Picture)]);
        return Required().Basis.Project(Required().Features.Extract(images, new long[pictures.Count])).MoveToOuterDisposeScope();
    }

    /// <summary>Pictures with the layout's composition and the prompt's appearance.</summary>
    /// <param name="request">Layout, prompt, number of pictures.</param>
    /// <param name="options">Steps, guidance, strength, seed.</param>
    /// <param name="progress">Told after every denoising step.</param>
    /// <param name="stop">Stops between steps.</param>
    /// <exception cref="LumenException">An option is out of range, or the layout belongs to another basis.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public IReadOnlyList<Picture> Generate(
        GenerationRequest request,
        GenerationOptions options,
        IProgress<GenerationStep>? progress = null,
        CancellationToken stop = default
    ) => GenerateBatch([request], options, progress, stop);

    /// <summary>
    /// The pictures of several requests in one pass, each exactly as if it were generated alone (to rounding): every picture keeps its own
    /// noise stream.
    /// </summary>
    /// <param name="requests">Of one padded size; with a layout in all of them or in none.</param>
    /// <param name="options">Steps, guidance, strength: the same for all; seed and negative prompt for those that have none of their
    /// own.</param>
    /// <param name="progress">Told after every denoising step.</param>
    /// <param name="stop">Stops between steps.</param>
    /// <returns>The pictures in the order of the requests, <see cref="GenerationRequest.Count"/> for each.</returns>
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
        options.Validate(model.Schedule.Config.TrainTimesteps);
        BatchRules.Require(requests);
        using var scope = NewDisposeScope();
        var items = requests
            .SelectMany(request => Enumerable.Range(0, request.Count).Select(i => (Request: request, Item: request.FirstItem + i)))
            .ToArray();
        var condition = !IsSteered(requests[0])
            ? null
            : cat([.. requests.Select(request => Condition(request).expand(request.Count, -1, -1, -1))]);
        var shape = new[]
        {
            model.UNet.Config.InChannels,
            requests[0].PaddedHeight / model.Vae.Config.Stride,
            requests[0].PaddedWidth / model.Vae.Config.Stride,
        };
        var start = new DenoisingStart([.. items.Select(item => new RandomStream(item.Request.Seed ?? options.Seed).For(item.Item))], shape)
        {
            Latents = Initial(requests),
        }; // one stream a picture: no batch size changes it
        using var own = Embeddings is null ? new PromptEmbeddings(model) : null;
        var embeddings = Embeddings ?? own!;
        var context = embeddings.Of([.. items.Select(item => item.Request.Prompt)]);
        var negative = embeddings.Of([.. items.Select(item => item.Request.NegativePrompt ?? options.NegativePrompt)]);
        Tensor? latents = null;
        try
        {
            foreach (
                var step in new DenoisingLoop(
                    model.UNet,
                    requests[0].ConditionImage is null ? adapter?.Control : ControlNetAdapter?.Control,
                    model.Schedule
                ).Run(start, context, negative, condition, options)
            )
            {
                latents?.Dispose();
                latents = step.Latents;
                progress?.Report(step);
                stop.ThrowIfCancellationRequested();
            }
            var pictures = PictureTensor.ToPictures(model.Decode(latents!));
            return [.. pictures.Select((picture, i) => Cropped(picture, items[i].Request))];
        }
        finally
        {
            latents?.Dispose();
        }
    }

    /// <summary>
    /// How well a picture keeps a layout: the cosine between its own layout and the given one, averaged over cells; 1 is equal.
    /// </summary>
    public double Agreement(Picture picture, NeuralLayout layout, long item = 0)
    {
        using var own = ExtractLayout(picture, (picture.Width, picture.Height), item).Layout;
        using var scope = NewDisposeScope();
        var same = own.Map.shape.SequenceEqual(layout.Map.shape);
        // [N, h, w]
        var wanted = same ? layout.Map : Bilinear.Resize(layout.Map.unsqueeze(0), own.Map.shape[1], own.Map.shape[2]).squeeze(0);
        return nn.functional.cosine_similarity(own.Map, wanted, 0).mean().item<float>();
    }

    /// <summary>The size at which a picture is worked on by default: its shorter side the model's native one.</summary>
    public (int Width, int Height) NativeSizeOf(Picture picture) =>
        LayoutExtractor.SizeFor(WorkingSize.Of(model), (picture.Width, picture.Height));

    private static Picture Cropped(Picture picture, GenerationRequest request) =>
        picture.Width == request.Width && picture.Height == request.Height
            ? picture
            : Resizing.Crop(picture, 0, 0, request.Width, request.Height);

    // The latents of the pictures to begin from, [B, C, h, w], or null. They are brought to the results' size and padded as a reference is.
    private Tensor? Initial(IReadOnlyList<GenerationRequest> requests)
    {
        if (requests[0].Initial is null)
            return null;
        using var scope = NewDisposeScope();
        var latents = requests.Select(request =>
        {
            var fitted = Resizing.Pad(Resizing.Cover(request.Initial!, request.Width, request.Height), model.SizeMultiple);
            return model.Encode(PictureTensor.ToTensor(fitted.Picture)).expand(request.Count, -1, -1, -1);
        });
        return cat([.. latents]).MoveToOuterDisposeScope();
    }

    private static bool IsSteered(GenerationRequest request) => request.Layout is not null || request.ConditionImage is not null;

    private Tensor Condition(GenerationRequest request)
    {
        if (request.ConditionImage is { } picture)
        {
            if (ControlNetAdapter is null)
                throw new LumenException(
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
        return LayoutAdapter.Condition(request.Layout.Map.unsqueeze(0), request.PaddedHeight, request.PaddedWidth);
    }

    private LayoutAdapter Required() =>
        adapter
        ?? throw new LumenException(
            $"The model {model.Name} has no adapter, so it cannot read layouts. Give `Adapter` a LUMEN adapter folder."
        );
}
