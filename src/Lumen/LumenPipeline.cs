using System.Runtime.CompilerServices;
using Lumen.Captioning;
using Lumen.Conditions;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;

namespace Lumen;

/// <summary>
/// A model with its adapter: pictures and prompts in, layouts and pictures out. Everything may be called from any thread and at the same
/// time; requests are computed one after the other, pass by pass, on a thread of the model's own, and give the same bytes as alone.
/// </summary>
public sealed partial class LumenPipeline : IAsyncDisposable
{
    private readonly ModelThread _thread;
    private readonly OpenedModel _opened;
    private readonly Lock _previews = new();
    private bool _isClosed;

    private LumenPipeline(ModelThread thread, OpenedModel opened) => (_thread, _opened) = (thread, opened);

    /// <summary>Name of the model's folder or file.</summary>
    public string Model => _opened.Model.Name;

    /// <summary>Name of the adapter's folder or file, or null where there is none.</summary>
    public string? Adapter => _opened.Adapter?.Name;

    /// <summary>What the adapter takes.</summary>
    public LumenSteering Steering =>
        _opened.Layouts is not null ? LumenSteering.Layout
        : _opened.Conditions is not null ? LumenSteering.ConditionImage
        : LumenSteering.None;

    /// <summary>Shorter side in pixels of the pictures that the model was trained on, and of results by default.</summary>
    public int NativeSize => _opened.Model.NativeSize;

    /// <summary>Sides that are a multiple of this need no padding.</summary>
    public int SizeMultiple => _opened.Model.SizeMultiple;

    /// <summary>Opens a model.</summary>
    /// <param name="model">A diffusers folder, a <c>.safetensors</c> file, or with <see cref="LumenOptions.CacheFolder"/> a name in the
    /// hub's cache.</param>
    /// <param name="options">Device, adapter and the like; null: the processor, and the model's own adapter.</param>
    /// <param name="progress">Called after every part.</param>
    /// <param name="stop">Stops between two tensors of a file.</param>
    /// <exception cref="LumenException">A part is missing or does not fit, or an option cannot be used; nothing stays open.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public static async Task<LumenPipeline> OpenAsync(
        string model,
        LumenOptions? options = null,
        IProgress<LumenProgress>? progress = null,
        CancellationToken stop = default
    )
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        var thread = new ModelThread($"lumen {Path.GetFileName(model)}");
        try
        {
            var opened = await thread
                .Run(() => OpenedModel.Open(model, options ?? new(), progress, stop), stop, stop)
                .ConfigureAwait(false);
            thread.Use(opened.Threads);
            return new LumenPipeline(thread, opened);
        }
        catch
        {
            await thread.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// The neural layout of a picture, brought to the model's native scale and cropped so that its sides are multiples of
    /// <see cref="SizeMultiple"/>.
    /// </summary>
    /// <param name="reference">Of any size.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <returns>The caller's, who disposes it; it may outlive the pipeline.</returns>
    /// <exception cref="LumenException">The adapter reads no layouts.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline was closed.</exception>
    public Task<NeuralLayout> ExtractLayoutAsync(Picture reference, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        var (width, height) = _opened.Generator.NativeSizeOf(reference);
        return ExtractLayoutAsync(reference, Whole(width), Whole(height), stop);

        int Whole(int side) => Math.Max(1, (int)Math.Round(side / (double)SizeMultiple)) * SizeMultiple;
    }

    /// <summary>The neural layout of a picture at a size of the results, to whose proportions it is cropped.</summary>
    /// <param name="reference">Of any size.</param>
    /// <param name="width">Width in pixels, a multiple of <see cref="SizeMultiple"/>, at most 4096.</param>
    /// <param name="height">Height in pixels, alike.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <inheritdoc cref="ExtractLayoutAsync(Picture, CancellationToken)"/>
    public Task<NeuralLayout> ExtractLayoutAsync(Picture reference, int width, int height, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        if (_opened.Layouts is null)
            throw new LumenException(
                LumenErrorKind.Option,
                $"The model {Model} was opened with {_opened.Described}, which reads no layouts. "
                    + "Open it with an `Adapter` that was trained on layouts."
            );
        if (!IsWhole(width) || !IsWhole(height))
            throw new LumenException(
                LumenErrorKind.Option,
                $"`Width` and `Height` of a layout must be multiples of {SizeMultiple} up to {GenerationOptions.MaxSide} but are "
                    + $"{width} and {height}."
            );
        return Run(either => _opened.Generator.ExtractLayout(reference, (width, height), stop: either).Layout, stop);

        bool IsWhole(int side) => side >= 1 && side <= GenerationOptions.MaxSide && side % SizeMultiple == 0;
    }

    /// <summary>
    /// Whether <see cref="LumenRequest.Reference"/> is enough to steer by: an adapter for label maps, depth or normals needs more than a
    /// picture, and is given <see cref="LumenRequest.ConditionImage"/>.
    /// </summary>
    public bool ReadsReferences => _opened.Layouts is not null || _opened.Conditions is { NeedsPictureOnly: true };

    /// <summary>What an adapter that was trained on edges, depth, normals or classes reads of a picture.</summary>
    /// <param name="source">The picture, with the labels, depth or normals that the adapter needs.</param>
    /// <param name="stop">Stops what has not begun.</param>
    /// <returns>For <see cref="LumenRequest.ConditionImage"/>, of the picture's size; of a label map the ids as grey values.</returns>
    /// <exception cref="LumenException">The adapter is none that was trained here on a condition, or needs what is not known of the
    /// picture.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline was closed.</exception>
    public Task<Picture> DrawConditionAsync(AnnotatedPicture source, CancellationToken stop = default)
    {
        var adapter =
            _opened.Conditions
            ?? throw new LumenException(
                LumenErrorKind.Option,
                $"The model {Model} was opened with {_opened.Described}, which reads no condition images. "
                    + "Open it with an `Adapter` that was trained on a condition."
            );
        return Run(_ => adapter.ImageOf(source), stop);
    }

    /// <summary>How well a picture keeps a layout: mean cosine of the cells, -1...1, 1 is equal.</summary>
    /// <param name="picture">Of any size.</param>
    /// <param name="layout">Of this pipeline's adapter; it must not be disposed meanwhile.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <exception cref="LumenException">The adapter reads no layouts, or the layout belongs to another one.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline was closed.</exception>
    public Task<double> AgreementAsync(Picture picture, NeuralLayout layout, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(layout);
        if (_opened.Layouts is { } adapter)
            layout.Require(adapter.Basis);
        return Run(either => _opened.Generator.Agreement(picture, layout, stop: either), stop);
    }

    /// <summary>How far a picture shows what a prompt asks for, by the model's CLIP.</summary>
    /// <param name="picture">Of any size; its middle square is seen.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="reference">The picture that the layout came from, to compare with; null for none.</param>
    /// <param name="stop">Stops what has not begun.</param>
    /// <returns>Null where the prompt names none of the phrases of <see cref="ObediencePhrases"/>, or there is no CLIP.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline was closed.</exception>
    public Task<PromptObedience?> ObedienceAsync(
        Picture picture,
        string prompt,
        Picture? reference = null,
        CancellationToken stop = default
    )
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(prompt);
        return Run(_ => _opened.Obedience?.Of(prompt, picture, reference), stop);
    }

    /// <summary>Pictures with the layout's composition and the prompt's appearance.</summary>
    /// <param name="layout">It is copied, and stays the caller's.</param>
    /// <param name="prompt">Appearance in words.</param>
    /// <param name="options">Count, seed, steps and so on; null: one picture by the defaults.</param>
    /// <param name="progress">Called after every denoising step, on the model's thread.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <inheritdoc cref="GenerateAsync(LumenRequest, GenerationOptions?, IProgress{LumenProgress}?, CancellationToken)"/>
    public IAsyncEnumerable<GeneratedPicture> GenerateAsync(
        NeuralLayout layout,
        string prompt,
        GenerationOptions? options = null,
        IProgress<LumenProgress>? progress = null,
        CancellationToken stop = default
    )
    {
        ArgumentNullException.ThrowIfNull(layout);
        return GenerateAsync(new LumenRequest(prompt) { Layout = layout }, options, progress, stop);
    }

    /// <summary>Pictures of a prompt alone.</summary>
    /// <param name="prompt">What they show, in words.</param>
    /// <param name="options">Count, seed, steps and so on; null: one picture by the defaults.</param>
    /// <param name="progress">Called after every denoising step, on the model's thread.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <inheritdoc cref="GenerateAsync(LumenRequest, GenerationOptions?, IProgress{LumenProgress}?, CancellationToken)"/>
    public IAsyncEnumerable<GeneratedPicture> GenerateAsync(
        string prompt,
        GenerationOptions? options = null,
        IProgress<LumenProgress>? progress = null,
        CancellationToken stop = default
    ) => GenerateAsync(new LumenRequest(prompt), options, progress, stop);

    /// <summary>
    /// Pictures of a request: by a layout, a condition image, a reference or the prompt alone, from noise or from a picture.
    /// </summary>
    /// <param name="request">Prompt, and what steers.</param>
    /// <param name="options">Count, seed, steps and so on; null: one picture by the defaults.</param>
    /// <param name="progress">Called after every denoising step, on the model's thread.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <returns>The pictures, each as soon as its pass is done. Leaving the loop early stops the rest. They can be enumerated
    /// once.</returns>
    /// <exception cref="LumenException">The request or an option cannot be used, which the call itself says before any network runs; or a
    /// network gave values that are not finite.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline was closed.</exception>
    public IAsyncEnumerable<GeneratedPicture> GenerateAsync(
        LumenRequest request,
        GenerationOptions? options = null,
        IProgress<LumenProgress>? progress = null,
        CancellationToken stop = default
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        _thread.ThrowIfClosed();
        return Generate(new PipelineRun(_opened, request, options ?? new()), progress, stop);
    }

    /// <summary>Stops what is being computed before its next call of a network, and closes the model.</summary>
    public async ValueTask DisposeAsync()
    {
        await _thread.DisposeAsync().ConfigureAwait(false);
        lock (_previews)
        {
            if (_isClosed)
                return;
            _isClosed = true;
        }
        _opened.Dispose();
    }

    private async IAsyncEnumerable<GeneratedPicture> Generate(
        PipelineRun run,
        IProgress<LumenProgress>? progress,
        [EnumeratorCancellation] CancellationToken stop
    )
    {
        run.Begin();
        using var owned = run;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _thread.Closing);
        using var pictures = run.Pictures(progress, WhileOpen, either.Token).GetEnumerator();
        while (await _thread.Run(pictures.MoveNext, either.Token, stop).ConfigureAwait(false))
            yield return pictures.Current;
    }

    private async Task<T> Run<T>(Func<CancellationToken, T> work, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _thread.Closing);
        return await _thread.Run(() => work(either.Token), either.Token, stop).ConfigureAwait(false);
    }

    // Previews are decoded on the thread of whoever asks, so that a caller who waits for one cannot hold up the model, nor it the caller.
    private IReadOnlyList<Picture> WhileOpen(Func<IReadOnlyList<Picture>> decode)
    {
        lock (_previews)
            return _isClosed ? [] : decode();
    }
}

/// <summary>What the adapter of a pipeline takes.</summary>
public enum LumenSteering
{
    /// <summary>There is no adapter: the prompt decides.</summary>
    None,

    /// <summary>Neural layouts.</summary>
    Layout,

    /// <summary>Pictures of edges, depth or the like.</summary>
    ConditionImage,
}
