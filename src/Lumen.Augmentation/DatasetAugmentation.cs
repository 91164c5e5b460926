using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Lumen.Core.Native;
using Lumen.Core.Processes;
using Lumen.Datasets;
using Lumen.Generation;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Augmentation;

/// <summary>
/// A labelled data set in, the same data set with new training pictures out: their labels are copies of their sources', byte for byte;
/// held-out parts are never touched. A run that was stopped or killed continues where it was.
/// </summary>
/// <param name="generator">Model and adapter.</param>
/// <param name="prompts">What the new pictures look like.</param>
/// <param name="options">How many, how large, how strict.</param>
public sealed class DatasetAugmentation(ImageGenerator generator, PromptMatrix prompts, AugmentationOptions options)
{
    private LumenPipeline? _pipeline;

    /// <summary>How it is done.</summary>
    public AugmentationOptions Options => options;

    /// <summary>
    /// The processes that make the pictures together, each calling <see cref="RunAsync"/>: sources are claimed one by one, and pictures,
    /// labels and lists have the bytes that one process gives them. Each has a manifest of its own, as a shard has. Null for this one
    /// alone.
    /// </summary>
    public ICommunicator? Processes { get; init; }

    /// <summary>
    /// On a pipeline that is open: its model computes, batch by batch on its own thread, between its other requests, and stays the
    /// caller's. The pictures are those of a generator of the same model.
    /// </summary>
    /// <param name="pipeline">With an adapter that reads layouts; it must stay open meanwhile.</param>
    /// <param name="prompts">What the new pictures look like.</param>
    /// <param name="options">How many, how large, how strict.</param>
    /// <param name="stop">Stops waiting for the pipeline.</param>
    /// <exception cref="ObjectDisposedException">The pipeline was closed.</exception>
    public static async Task<DatasetAugmentation> OnAsync(
        LumenPipeline pipeline,
        PromptMatrix prompts,
        AugmentationOptions options,
        CancellationToken stop = default
    )
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        var generator = await pipeline.UseGeneratorAsync((own, _) => own, stop).ConfigureAwait(false);
        return new DatasetAugmentation(generator, prompts, options) { _pipeline = pipeline };
    }

    /// <summary>Counts what is to be done; writes nothing.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="output">Folder of the augmented data set; it need not exist.</param>
    /// <exception cref="LumenException">The part is held out or absent, an option is out of range, or output and data set lie in one
    /// another.</exception>
    public AugmentationPlan Plan(Dataset dataset, string output)
    {
        options.RequireClip(generator);
        return new AugmentationPlanner(new AugmentationScan(dataset, prompts, options)).Plan(output);
    }

    /// <summary>
    /// Measures what it will take on a few pictures of the data set, and how far they are from those that the basis was fitted to; writes
    /// nothing.
    /// </summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="plan">What <see cref="Plan"/> said.</param>
    /// <param name="stop">Stops between steps.</param>
    /// <returns>Null where none of the pictures can be read.</returns>
    /// <exception cref="LumenException">The generator has no adapter, or a picture cannot be made.</exception>
    public AugmentationEstimate? Estimate(Dataset dataset, AugmentationPlan plan, CancellationToken stop = default) =>
        new AugmentationEstimator(generator, new AugmentationScan(dataset, prompts, options)).Run(plan, stop);

    /// <summary>
    /// Makes the new pictures, several in a pass, on threads of its own; results come in the order in which they are finished. Leaving the
    /// loop stops the work after the current step.
    /// </summary>
    /// <param name="dataset">The data set; it is only read.</param>
    /// <param name="output">Folder of the augmented data set.</param>
    /// <param name="progress">Receives how far the work is; called on the threads that work, never on two at once.</param>
    /// <param name="stop">Stops between denoising steps; what is finished is written and stays, and the lists name it.</param>
    /// <exception cref="LumenException">As <see cref="Plan"/>; the folder cannot be written, was begun with other settings, or is in use;
    /// or the disk is too small.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public async IAsyncEnumerable<AugmentationResult> RunAsync(
        Dataset dataset,
        string output,
        IProgress<AugmentationProgress>? progress = null,
        [EnumeratorCancellation] CancellationToken stop = default
    )
    {
        // The thread that works does as its caller was told; beside other passes it has one, as they have.
        var threads =
            generator.Workers > 1 ? 1
            : _pipeline is null ? get_num_threads()
            : await _pipeline.UseGeneratorAsync((_, _) => get_num_threads(), stop).ConfigureAwait(false);
        var channel = Channel.CreateBounded<AugmentationResult>(1);
        using var own = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var work = Task.Factory.StartNew(
            () => Work(dataset, output, channel.Writer, threads, progress, own.Token),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        var ended = work.ContinueWith(
            task => channel.Writer.TryComplete(task.Exception?.InnerException),
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default
        );
        try
        {
            await foreach (var result in channel.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                yield return result;
        }
        finally
        {
            await own.CancelAsync().ConfigureAwait(false);
            await ended.ConfigureAwait(false);
        }
        stop.ThrowIfCancellationRequested();
    }

    private void Work(
        Dataset dataset,
        string output,
        ChannelWriter<AugmentationResult> results,
        int threads,
        IProgress<AugmentationProgress>? progress,
        CancellationToken stop
    )
    {
        using var scope = new ThreadScope(threads);
        if (Processes is { Rank: > 0 })
            Processes.Wait(); // until process 0 has made the folder
        var scan = new AugmentationScan(dataset, prompts, options, Processes);
        using var run = new AugmentationRun(dataset, Path.GetFullPath(output), generator, scan) { Pipeline = _pipeline };
        if (Processes is { Rank: 0 })
            Processes.Wait();
        run.Run(Send, progress, stop);

        // A caller that has left does not take results any more.
        void Send(AugmentationResult result)
        {
            while (!results.TryWrite(result))
            {
                if (stop.IsCancellationRequested)
                    return;
                results.WaitToWriteAsync(stop).AsTask().Wait(50, CancellationToken.None);
            }
        }
    }
}

/// <summary>The result for one new picture.</summary>
/// <param name="Source">Name of the picture it was to be made from.</param>
/// <param name="Variant">Its number.</param>
public sealed record AugmentationResult(string Source, int Variant)
{
    /// <summary>The line of the manifest; null where nothing could be made.</summary>
    public ManifestEntry? Entry { get; init; }

    /// <summary>Why nothing could be made; null otherwise.</summary>
    public string? Failure { get; init; }

    /// <summary>The source.</summary>
    public Picture? Original { get; init; }

    /// <summary>The new picture, also where it was rejected.</summary>
    public Picture? Picture { get; init; }

    /// <summary>Agreement of each cell, as a grey picture of the same size: white is full agreement.</summary>
    public Picture? Confidence { get; init; }

    /// <summary>What the model's text encoder did not read of the prompt, because it was too long; null where nothing was cut.</summary>
    public string? PromptCut { get; init; }

    /// <summary>Whether there is a new picture.</summary>
    public bool IsAccepted => Entry?.Item is not null;
}

/// <summary>Progress of an augmentation.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Done">Parts done; while generating, new pictures that are recorded, those of earlier runs included.</param>
/// <param name="Total">All parts.</param>
public readonly record struct AugmentationProgress(AugmentationStage Stage, long Done, long Total)
{
    /// <summary>New pictures of this run that were accepted.</summary>
    public long Accepted { get; init; }

    /// <summary>Those that never reached the agreement asked for.</summary>
    public long Rejected { get; init; }

    /// <summary>Those that were not made because their source is in a held-out part.</summary>
    public long LeftOut { get; init; }

    /// <summary>Those that could not be made because a file is missing or damaged.</summary>
    public long Failed { get; init; }

    /// <summary>Mean time of a new picture of this run; 0 before the first.</summary>
    public double SecondsPerPicture { get; init; }

    /// <summary>Time until all are made, at that rate.</summary>
    public TimeSpan Remaining => TimeSpan.FromSeconds(SecondsPerPicture * (Total - Done));

    /// <summary>Disk space in bytes that the rest of the run takes, measured on the first picture; 0 before it.</summary>
    public long RemainingBytes { get; init; }
}

/// <summary>What an augmentation is doing.</summary>
public enum AugmentationStage
{
    /// <summary>Copying the originals.</summary>
    Originals,

    /// <summary>Reading the held-out parts to compare the sources with them.</summary>
    HeldOut,

    /// <summary>Making new pictures.</summary>
    Generating,
}
