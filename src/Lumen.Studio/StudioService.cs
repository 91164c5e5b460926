using Lumen.Augmentation;
using Lumen.Datasets;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Studio.Api;
using Lumen.Studio.Datasets;
using Lumen.Studio.Jobs;
using Lumen.Studio.Runs;
using Lumen.Studio.Safety;
using Lumen.Studio.Storage;

namespace Lumen.Studio;

/// <summary>What the studio can do, for the page and for the HTTP API alike.</summary>
internal sealed class StudioService(
    StudioOptions options,
    StudioModel model,
    StudioStore store,
    JobQueue queue,
    DatasetLibrary library,
    TrainingRunner trainings,
    ModelPulls pulls
)
{
    private const int LongestName = 80;
    private readonly UploadReader _uploads = new(store.Folder, options.Limits);

    /// <summary>The model.</summary>
    public StudioModel Model => model;

    /// <summary>Pictures, references, layouts and presets.</summary>
    public StudioStore Store => store;

    /// <summary>Jobs.</summary>
    public JobQueue Queue => queue;

    /// <summary>Data sets.</summary>
    public DatasetLibrary Library => library;

    /// <summary>Trainings of adapters.</summary>
    public TrainingRunner Trainings => trainings;

    /// <summary>Models that are fetched from the hub.</summary>
    public ModelPulls Pulls => pulls;

    /// <summary>Bounds.</summary>
    public StudioLimits Limits => options.Limits;

    /// <summary>Queues pictures.</summary>
    /// <param name="client">Who asks.</param>
    /// <param name="body">What for.</param>
    /// <exception cref="LimitException">It exceeds <see cref="Limits"/>.</exception>
    /// <exception cref="LumenException">Something that was given cannot be used.</exception>
    public Job Generate(string client, GenerationBody body)
    {
        var request = new JobRequest
        {
            Kind = body is { X: null, Y: null, Z: null } ? JobKind.Generation : JobKind.Grid,
            Prompt = body.Prompt,
            Options = body.ToOptions(),
            Reference = body.Reference,
            Layout = body.Layout,
            Initial = body.Initial,
            Adapter = body.Adapter,
            X = body.X,
            Y = body.Y,
            Z = body.Z,
        };
        Require(request);
        return queue.Add(client, request);
    }

    /// <summary>Queues new pictures for a data set.</summary>
    /// <param name="client">Who asks.</param>
    /// <param name="augmentation">Which data set, and how.</param>
    /// <param name="generation">How pictures are made.</param>
    public Job Augment(string client, AugmentationRequest augmentation, GenerationOptions generation) =>
        Again(
            client,
            new JobRequest
            {
                Kind = JobKind.Augmentation,
                Augmentation = augmentation,
                Options = generation,
            }
        );

    /// <summary>Keeps a training and measures what it will take; it is not started.</summary>
    /// <exception cref="LimitException">It exceeds <see cref="Limits"/>, or another one is being worked at.</exception>
    /// <exception cref="LumenException">Something that was given cannot be used.</exception>
    public async Task<TrainingRun> Train(TrainingForm form, CancellationToken stop)
    {
        var usual = (await model.Pipeline(stop).ConfigureAwait(false)).LayoutFacts?.Layer;
        var isOfUnet = usual?.StartsWith("up_blocks", StringComparison.Ordinal) == true;
        var whole = form with { Layer = form.Layer ?? (isOfUnet ? usual : null) };
        whole.Require(options.Limits);
        if (whole.Dataset is { } name)
            library.PathOf(name);
        if (whole.Pairs is { Dataset: var looks } && !library.IsEnlarged(looks))
            throw new LumenException(
                LumenErrorKind.Dataset,
                $"The data set {looks} holds no new pictures with their records, so there are no pairs in it. Make some of {whole.Dataset} "
                    + "first, on the page Data sets or with lumen augment, and name what comes of it."
            );
        return trainings.Add(whole, options.Limits.Trainings);
    }

    /// <summary>Some new pictures of a data set with the labels that they would have; nothing is kept.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="augmentation">Prompts.</param>
    /// <param name="generation">How pictures are made.</param>
    /// <param name="count">How many.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <exception cref="LumenException">A prompt or an option cannot be used.</exception>
    public IEnumerable<LabelledPicture> PreviewAugmentation(
        Dataset dataset,
        AugmentationRequest augmentation,
        GenerationOptions generation,
        int count,
        CancellationToken stop
    )
    {
        RequireAugmentation(new JobRequest { Augmentation = augmentation, Options = generation });
        var prompts = AugmentationWork.Prompts(augmentation);
        var pipeline = model.Pipeline(stop).GetAwaiter().GetResult();
        foreach (
            var (item, index) in library.Sample(dataset, TrainingPart.Of(dataset, augmentation.Split), count).Select((one, i) => (one, i))
        )
        {
            var source = PictureReader.Read(dataset.FullPath(item.Picture));
            var prompt = prompts.Choose(item.Picture, index, dataset.CaptionOf(item), generation.Seed).Prompt;
            var options = generation with { Width = source.Width, Height = source.Height, Count = 1 };
            var pictures = pipeline.GenerateAsync(new LumenRequest(prompt) { Reference = source }, options, stop: stop);
            var made = pictures.FirstAsync(stop).AsTask().GetAwaiter().GetResult();
            yield return DatasetLibrary.Draw(dataset, item, made.Picture) with
            {
                Name = prompt,
            };
        }
    }

    /// <summary>The new pictures of an enlarged data set with what was decided about them.</summary>
    /// <exception cref="LumenException">There is none of this name, or it was not enlarged.</exception>
    public IReadOnlyList<ReviewItem> ReviewOf(string name) => AugmentationReview.Read(library.PathOf(name));

    /// <summary>Accepts or rejects new pictures of an enlarged data set.</summary>
    /// <exception cref="LimitException">There are too many at once.</exception>
    /// <exception cref="LumenException">The manifest does not name one of them, or the data set is being made.</exception>
    public void Review(string name, IReadOnlyList<string> items, ReviewVerdict verdict, string? reason)
    {
        if (items.Count > options.Limits.SampledItems)
            throw new LimitException($"At most {options.Limits.SampledItems} pictures are decided about at once.");
        using var review = AugmentationReview.Open(library.PathOf(name));
        review.Decide(items, verdict, reason);
    }

    /// <summary>Queues what a job was to do once more.</summary>
    /// <param name="client">Who asks.</param>
    /// <param name="request">What for.</param>
    public Job Again(string client, JobRequest request)
    {
        Require(request);
        return queue.Add(client, request);
    }

    /// <summary>Keeps a reference.</summary>
    /// <param name="body">The file.</param>
    /// <param name="name">What people call it.</param>
    /// <param name="stop">Stops reading.</param>
    public async Task<(StoredSource Source, PictureSettings Settings)> AddReference(Stream body, string? name, CancellationToken stop)
    {
        var (picture, settings) = await _uploads.Read(body, stop).ConfigureAwait(false);
        return (store.AddReference(picture, Named(name)), settings);
    }

    /// <summary>Makes a reference of a picture of a data set, whose labels adapters may be steered by.</summary>
    /// <exception cref="LumenException">There is no such picture, or it cannot be read.</exception>
    public StoredSource AddReference(string dataset, string picture)
    {
        var origin = new ReferenceOrigin(dataset, picture);
        return store.AddReference(library.Annotated(origin).Picture, Named(Path.GetFileNameWithoutExtension(picture)), origin);
    }

    /// <summary>The settings in a picture file, which is not kept.</summary>
    public async Task<PictureSettings> ReadSettings(Stream body, CancellationToken stop) =>
        (await _uploads.Read(body, stop).ConfigureAwait(false)).Settings;

    /// <summary>Makes a reference of a generated picture.</summary>
    public StoredSource? Reuse(string picture) =>
        store.Picture(picture) is { } stored ? store.AddReference(Picture.Load(store.Folder.PathOf(stored.File)), stored.Prompt) : null;

    /// <summary>The layout of a reference: the one that was read before, or a new one.</summary>
    /// <exception cref="LumenException">There is no such reference, or the adapter reads no layouts.</exception>
    public async Task<StoredSource> ExtractLayout(string reference, CancellationToken stop)
    {
        var source = store.Source(reference, "reference") ?? throw Missing("reference", reference);
        if (store.LayoutOf(reference) is { } known)
            return known;
        var pipeline = await model.Pipeline(stop).ConfigureAwait(false);
        using var layout = await pipeline.ExtractLayoutAsync(PictureOf(source), stop).ConfigureAwait(false);
        return store.AddLayout(layout, source.Name, reference);
    }

    /// <summary>An edit of a layout, which is kept as another one.</summary>
    /// <exception cref="LumenException">There is no such layout, or the edit does not fit it.</exception>
    public StoredSource EditLayout(string id, EditBody body)
    {
        var source = store.Source(id, "layout") ?? throw Missing("layout", id);
        using var layout = LayoutOf(source);
        using var other = body.Other is { } given ? LayoutOf(store.Source(given, "layout") ?? throw Missing("layout", given)) : null;
        using var edited = LayoutEdits.Apply(layout, other, body);
        return store.AddLayout(edited, source.Name, source.Reference);
    }

    /// <summary>Opens a stored layout, which the caller disposes.</summary>
    public NeuralLayout LayoutOf(StoredSource source) => NeuralLayout.Load(store.Folder.PathOf(GalleryFolder.NameLayout(source.Id)));

    /// <summary>Opens a stored reference.</summary>
    public Picture PictureOf(StoredSource source) => Picture.Load(store.Folder.PathOf(GalleryFolder.NameReference(source.Id)));

    /// <summary>Name of the adapter that a picture was made with; null for the model's own, or where it is not there any more.</summary>
    /// <param name="record">What its file says: the name of a folder, which is the same for all that were trained here.</param>
    /// <param name="picture">Its place in the history, whose job knows more; null where it comes from elsewhere.</param>
    public string? AdapterOf(GenerationRecord record, StoredPicture? picture)
    {
        var name = record.Adapter?.Name;
        if (picture?.Job is { } id && queue.Find(id) is { Request.Kind: not JobKind.Augmentation } job)
        {
            var cells = GridCells.Of(job.Request);
            var index = job.Status.Pictures.FindIndex(one => one.Id == picture.Id);
            name = cells[Math.Clamp(index, 0, cells.Count - 1)].Adapter;
        }
        return name is not null && name != model.Adapters.Own && model.Adapters.Names.Contains(name) ? name : null;
    }

    /// <summary>What is odd about a reference: one of another kind than the model's own pictures has a layout that says little.</summary>
    public async Task<IReadOnlyList<string>> ReferenceWarnings(StoredSource reference, CancellationToken stop)
    {
        var pipeline = await model.Pipeline(stop).ConfigureAwait(false);
        return pipeline.KnownWords.Count > 0 && await pipeline.IsForeignAsync(PictureOf(reference), stop).ConfigureAwait(false)
            ? ["This picture is of another kind than those of this model's training, as photographs are. Its layout says little."]
            : [];
    }

    /// <summary>What about a prompt will not do what its author means.</summary>
    public IReadOnlyList<string> PromptWarnings(string prompt) =>
        prompt.Length > options.Limits.PromptLetters ? [] : model.Opened?.PromptWarnings(prompt) ?? [];

    /// <summary>Where a picture keeps its layout and where it does not: a grey picture, white for full agreement.</summary>
    /// <exception cref="LumenException">There is no such picture, or it was made without a layout.</exception>
    public async Task<Picture> Agreement(string id, CancellationToken stop)
    {
        var stored = store.Picture(id) ?? throw Missing("picture", id);
        var wanted =
            stored.Layout is { } given ? store.Source(given, "layout")
            : stored.Reference is { } reference ? await ExtractLayout(reference, stop).ConfigureAwait(false)
            : null;
        if (wanted is null)
            throw new LumenException(
                LumenErrorKind.Input,
                $"The picture {id} was made without a layout, so there is nothing to agree with."
            );
        using var layout = LayoutOf(wanted);
        var picture = Picture.Load(store.Folder.PathOf(stored.File));
        var pipeline = await model.Pipeline(stop).ConfigureAwait(false);
        using var own = await pipeline.ExtractLayoutAsync(picture, layout.ImageWidth, layout.ImageHeight, stop).ConfigureAwait(false);
        return LayoutEdits.DrawAgreement(own, layout);
    }

    /// <summary>What is said of something that is not there.</summary>
    public static MissingException Missing(string what, string id) =>
        new($"There is no {what} {(GalleryFolder.IsId(id) ? id : "of this id")}.");

    private static string Named(string? name)
    {
        var plain = new string([.. (name ?? "").Where(letter => !char.IsControl(letter)).Take(LongestName)]);
        return plain.Trim() is { Length: > 0 } text ? text : "picture";
    }

    private void Require(JobRequest request)
    {
        if (request.Kind == JobKind.Augmentation)
        {
            RequireAugmentation(request);
            return;
        }
        var limits = options.Limits;
        if (new[] { request.Reference, request.Layout }.Count(given => given is not null) == 2)
            RequireOwn(request.Layout!, request.Reference!);
        foreach (var (kind, id) in new[] { ("reference", request.Reference), ("layout", request.Layout), ("reference", request.Initial) })
            if (id is not null && store.Source(id, kind) is null)
                throw Missing(kind, id);
        if (request.Pictures < 1)
            throw new LumenException(LumenErrorKind.Option, "A job must make one picture or more.");
        if (request.Pictures > limits.Pictures)
            throw new LimitException($"One job makes at most {limits.Pictures} pictures, but {request.Pictures} were asked for.");
        foreach (var (prompt, cell, adapter) in GridCells.Of(request))
        {
            if (adapter is not null)
                RequireAdapter(adapter, request);
            if (prompt.Length > limits.PromptLetters || cell.NegativePrompt.Length > limits.PromptLetters)
                throw new LimitException($"A prompt has at most {limits.PromptLetters} letters.");
            if (cell.Width > limits.Side || cell.Height > limits.Side)
                throw new LimitException($"Pictures have sides of at most {limits.Side} pixels here.");
            if (cell.NumInferenceSteps > limits.Steps)
                throw new LimitException($"A picture takes at most {limits.Steps} steps here.");
            cell.Validate();
            if (adapter is null && model.Opened?.LayoutFacts is { Components: var all } && cell.Components > all)
                throw new LumenException(
                    LumenErrorKind.Option,
                    $"The layouts have {all} components, but the first {cell.Components} were asked for."
                );
            if (cell.Scheduler is { } scheduler && model.Opened is { } pipeline && !pipeline.Samplers.Contains(scheduler))
                throw new LumenException(
                    LumenErrorKind.Option,
                    $"The sampler \"{scheduler}\" is not supported. Choose one of {string.Join(", ", pipeline.Samplers)}."
                );
        }
    }

    private void RequireAdapter(string adapter, JobRequest request)
    {
        _ = model.Adapters.PathOf(adapter);
        if (request.Reference is null && adapter != request.Adapter)
            throw new LumenException(LumenErrorKind.Option, "Adapters are compared on a reference, but none was given.");
        if (request is { Reference: null, Layout: not null } && adapter != model.Adapters.Own)
            throw new LumenException(
                LumenErrorKind.Option,
                $"The adapter {adapter} does not read this layout. Give the reference, which it reads its own way."
            );
    }

    private void RequireAugmentation(JobRequest request)
    {
        var augmentation = request.Augmentation ?? throw new LumenException(LumenErrorKind.Option, "The job names no data set.");
        RequirePictures(library.Open(augmentation.Dataset), augmentation.Split);
        if (augmentation.Prompts.Count == 0)
            throw new LumenException(LumenErrorKind.Option, "The prompt matrix is empty. Give it one domain or more, each with a prompt.");
        if (!augmentation.Template.Contains("{domain}", StringComparison.Ordinal))
            throw new LumenException(
                LumenErrorKind.Option,
                $"The template must have a place for {{domain}} but is \"{augmentation.Template}\"."
            );
        if (augmentation.Variants < 1 || augmentation.Variants > options.Limits.Variants)
            throw new LimitException($"A data set gets 1 to {options.Limits.Variants} new pictures of each here.");
        if (augmentation.Prompts.Count > options.Limits.Pictures)
            throw new LimitException($"A prompt matrix has at most {options.Limits.Pictures} rows here.");
        if (request.Options.NumInferenceSteps > options.Limits.Steps)
            throw new LimitException($"A picture takes at most {options.Limits.Steps} steps here.");
        _ = AugmentationWork.Prompts(augmentation);
        AugmentationWork.Options(request).Validate();
    }

    // What the job itself would find out after it has waited.
    private static void RequirePictures(Dataset dataset, string? split)
    {
        var part = TrainingPart.Of(dataset, split);
        if (!dataset.Items(part).Any())
            throw new LumenException(LumenErrorKind.Dataset, $"The part {part} holds no pictures. Check the data set to see why.");
    }

    // A layout may stand beside the reference that it was read from: then the layout leads, and the reference is remembered.
    private void RequireOwn(string layout, string reference)
    {
        if (store.Source(layout, "layout") is { } source && source.Reference != reference)
            throw new LumenException(
                LumenErrorKind.Option,
                "A layout and a reference were given, but the layout is not of this reference. Leave one of them out."
            );
    }
}

/// <summary>Something that was named is not there; answered with status 404.</summary>
internal sealed class MissingException(string message) : LumenException(LumenErrorKind.Input, message);
