using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Studio.Datasets;
using Lumen.Studio.Storage;

namespace Lumen.Studio.Jobs;

/// <summary>Computes jobs that make pictures: one prompt, or a grid of them.</summary>
internal sealed class GenerationWork(StudioModel model, StudioStore store, DatasetLibrary library, JobQueue queue)
{
    /// <summary>Computes a job; each picture is in the history as soon as it is finished.</summary>
    /// <param name="job">The job.</param>
    /// <param name="lane">Which of the model's pipelines it has.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    public async Task Run(Job job, int lane, CancellationToken stop)
    {
        var request = job.Request;
        if (model.Opened is null)
            queue.Report(job, status => status with { Note = "The model is being opened." });
        var pipeline = await model.Pipeline(lane, stop).ConfigureAwait(false);
        using var layout = request.Layout is { } id ? NeuralLayout.Load(store.Folder.PathOf(GalleryFolder.NameLayout(id))) : null;
        var reference = request.Reference is { } source ? Load(source) : null;
        var initial = request.Initial is { } first ? Load(first) : null;
        var cells = GridCells.Of(request);
        var made = new List<(StoredPicture Stored, Picture Picture)>();
        for (var index = 0; index < cells.Count; index++)
        {
            var (prompt, options, adapter) = cells[index];
            await using var lease =
                adapter is null || adapter == model.Adapters.Own ? null : await model.Take(adapter, stop).ConfigureAwait(false);
            var chosen = lease?.Pipeline ?? pipeline;
            var isLed = layout is not null && chosen == pipeline; // other adapters read the reference their own way
            var condition = isLed ? null : await Condition(chosen, request, stop).ConfigureAwait(false);
            var steered = new LumenRequest(prompt)
            {
                Layout = isLed ? layout : null,
                ConditionImage = condition,
                Reference = isLed || condition is not null || chosen.Steering == LumenSteering.None ? null : reference,
                Initial = initial,
            };
            var progress = new Progress(queue, job, index, cells.Count);
            await foreach (var picture in chosen.GenerateAsync(steered, options, progress, stop).ConfigureAwait(false))
            {
                var stored = store.Add(picture, job.Id, request.Reference, isLed ? request.Layout : null);
                if (request.Kind == JobKind.Grid)
                    made.Add((stored, picture.Picture));
                queue.Report(job, status => status with { Pictures = status.Pictures.Add(stored) });
            }
        }
        if (request.Kind == JobKind.Grid)
        {
            var size = made.Count / (request.Z?.Values.Count ?? 1);
            foreach (var (index, pictures) in made.Chunk(size).Index())
            {
                var (z, title) = (request.Z?.Values[index], request.Title);
                if (z is not null)
                    title = $"{title} ({request.Z!.Caption(z)})";
                var sheet = store.AddSheet(
                    Sheet(request, pictures),
                    new PngText(null, GridSettings.Of(request, z).Json.ToJsonString()),
                    title,
                    job.Id,
                    request.Reference,
                    request.Layout
                );
                queue.Report(job, status => status with { Pictures = status.Pictures.Add(sheet) });
            }
        }
    }

    /// <summary>
    /// How jobs for one picture each are computed together, where they ask for the same but prompt, seed, size and reference.
    /// </summary>
    public JobSharing Sharing => new(RoomFor, CanShare, RunTogether);

    private int RoomFor(Job job) => IsOfOnePicture(job) ? model.Opened?.PicturesAtOnce ?? 1 : 1;

    private bool IsOfOnePicture(Job job) =>
        job.Request is { Kind: JobKind.Generation, Options.Count: 1 } request
        && (request.Reference is null || model.Opened is { ReadsReferences: true })
        && (request.Adapter is null || request.Adapter == model.Adapters.Own);

    private bool CanShare(Job first, Job other) => IsOfOnePicture(other) && Common(first) == Common(other);

    private static GenerationOptions Common(Job job) =>
        job.Request.Options with
        {
            Seed = 0,
            NegativePrompt = "",
            Width = null,
            Height = null,
            BatchSize = null,
        };

    private async Task RunTogether(IReadOnlyList<Job> jobs, int lane, Action<Job> finish, CancellationToken stop)
    {
        var pipeline = await model.Pipeline(lane, stop).ConfigureAwait(false);
        var layouts = new List<NeuralLayout>();
        try
        {
            var parts = jobs.Select(Part).ToList();
            await foreach (var (part, picture) in pipeline.GenerateTogetherAsync(parts, stop).ConfigureAwait(false))
            {
                var (job, request) = (jobs[part], jobs[part].Request);
                if (job.Status.IsOver)
                    continue;
                var stored = store.Add(picture, job.Id, request.Reference, request.Layout);
                queue.Report(job, status => status with { Pictures = status.Pictures.Add(stored) });
                finish(job);
            }
        }
        finally
        {
            layouts.ForEach(layout => layout.Dispose());
        }

        LumenPart Part(Job job)
        {
            var request = job.Request;
            var layout = request.Layout is { } id ? NeuralLayout.Load(store.Folder.PathOf(GalleryFolder.NameLayout(id))) : null;
            if (layout is not null)
                layouts.Add(layout);
            var isSteered = pipeline.Steering != LumenSteering.None;
            var steered = new LumenRequest(request.Prompt)
            {
                Layout = layout,
                Reference = layout is null && isSteered && request.Reference is { } reference ? Load(reference) : null,
                Initial = request.Initial is { } first ? Load(first) : null,
            };
            return new LumenPart(steered, request.Options) { Progress = new Progress(queue, job, 0, 1), Stop = job.Stopping.Token };
        }
    }

    // What an adapter for label maps, depth or normals reads of a reference from a data set; null where a picture is enough.
    private async Task<Picture?> Condition(LumenPipeline pipeline, JobRequest request, CancellationToken stop) =>
        !pipeline.ReadsReferences
        && pipeline.Steering == LumenSteering.ConditionImage
        && request.Reference is { } reference
        && store.Origin(reference) is { } origin
            ? await pipeline.DrawConditionAsync(library.Annotated(origin), stop).ConfigureAwait(false)
            : null;

    private Picture Load(string reference) => Picture.Load(store.Folder.PathOf(GalleryFolder.NameReference(reference)));

    private static Picture Sheet(JobRequest request, IReadOnlyList<(StoredPicture Stored, Picture Picture)> made)
    {
        var columns = request.X?.Values.Count ?? 1;
        return ContactSheet.Compose(
            [.. made.Select(one => one.Picture).Chunk(columns).Select(row => (IReadOnlyList<Picture>)row)],
            Captions(request.X),
            Captions(request.Y)
        );
    }

    private static string[]? Captions(GridAxis? axis) => axis?.Values.Select(axis.Caption).ToArray();

    // Called on the model's thread after every step. Previews are decoded elsewhere, one at a time, the newest: what comes meanwhile is
    // left out.
    private sealed class Progress(JobQueue queue, Job job, int cell, int cells) : IProgress<LumenProgress>
    {
        private int _decodes;

        public void Report(LumenProgress value)
        {
            if (value.Stage == LumenStage.Extracting)
            {
                queue.Report(job, status => status with { Note = "The layout is read." });
                return;
            }
            var (done, total) = (cell * value.Total + value.Done, cells * value.Total);
            queue.Report(job, status => status with { Done = done, Total = total, Note = null });
            if (job.IsWatched && value.Done < value.Total && Interlocked.Exchange(ref _decodes, 1) == 0)
                _ = Task.Run(() => Decode(value, done));
        }

        private void Decode(LumenProgress value, int step)
        {
            try
            {
                var preview = value.Preview().Select(picture => picture.ToPng()).ToArray();
                if (preview.Length > 0 && !job.Status.IsOver)
                    queue.Report(job, status => status.IsOver ? status : status with { Preview = [.. preview], PreviewStep = step });
            }
            finally
            {
                Volatile.Write(ref _decodes, 0);
            }
        }
    }
}
