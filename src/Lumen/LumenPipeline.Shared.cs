using System.Runtime.CompilerServices;
using Lumen.Generation;

namespace Lumen;

public sealed partial class LumenPipeline
{
    /// <summary>
    /// Pictures of the native size that <see cref="GenerateTogetherAsync"/> computes at once; 1 where the model is so large that one
    /// picture takes the whole processor.
    /// </summary>
    public int PicturesAtOnce =>
        _opened.Generator.Workers is var workers and > 1
            ? workers
                * (BatchRules.KeepsBytes(_opened.Model, workers) ? BatchRules.SizeFor((long)NativeSize * NativeSize, _opened.Model) : 1)
            : 1;

    /// <summary>
    /// A picture of each of several requests, of several callers for instance, computed together: a round of passes takes the processor as
    /// well as one request for many pictures does. Every picture has the bytes that it has alone: several are in one pass only where that
    /// is known to change nothing.
    /// </summary>
    /// <param name="parts">What is asked for. Options may differ in <see cref="GenerationOptions.Seed"/>,
    /// <see cref="GenerationOptions.NegativePrompt"/> and the size; <see cref="GenerationOptions.Count"/> is 1.</param>
    /// <param name="stop">Stops all of them before the next call of a network.</param>
    /// <returns>The pictures with the number of their part, as they are finished; a part that was stopped has none. They can be enumerated
    /// once.</returns>
    /// <exception cref="LumenException">A request or an option cannot be used, which the call itself says before any network runs; or a
    /// network gave values that are not finite: then ask for each alone.</exception>
    /// <exception cref="ArgumentException">There are no parts, or their options differ in something else.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline was closed.</exception>
    public IAsyncEnumerable<(int Part, GeneratedPicture Picture)> GenerateTogetherAsync(
        IReadOnlyList<LumenPart> parts,
        CancellationToken stop = default
    )
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 0)
            throw new ArgumentException("parts must hold at least one part but is empty.", nameof(parts));
        var common = PipelineRun.Common(parts[0].Options);
        if (parts.Any(part => part.Options.Count != 1 || PipelineRun.Common(part.Options) != common))
            throw new ArgumentException(
                "parts must ask for one picture each, and their options differ in seed, negative prompt and size at most.",
                nameof(parts)
            );
        _thread.ThrowIfClosed();
        return Together([.. parts.Select(part => new PipelineRun(_opened, part.Request, part.Options))], parts, stop);
    }

    /// <summary>
    /// Does a piece of work with the generator itself, on the model's thread, between the requests of others: for libraries that need more
    /// than requests, such as the augmentation of data sets. Keep a piece short, for everybody waits for it.
    /// </summary>
    /// <param name="work">Must not wait for this pipeline, nor keep tensors of a scope.</param>
    /// <param name="stop">Stops what has not begun; a piece looks at the token that it is given between two calls of a network.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline was closed.</exception>
    public Task<T> UseGeneratorAsync<T>(Func<ImageGenerator, CancellationToken, T> work, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Run(either => work(_opened.Generator, either), stop);
    }

    private async IAsyncEnumerable<(int Part, GeneratedPicture Picture)> Together(
        IReadOnlyList<PipelineRun> runs,
        IReadOnlyList<LumenPart> parts,
        [EnumeratorCancellation] CancellationToken stop
    )
    {
        foreach (var run in runs)
            run.Begin();
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _thread.Closing);
            using var pictures = PipelineRun.Together(runs, parts, WhileOpen, either.Token).GetEnumerator();
            while (await _thread.Run(pictures.MoveNext, either.Token, stop).ConfigureAwait(false))
                yield return pictures.Current;
        }
        finally
        {
            foreach (var run in runs)
                run.Dispose();
        }
    }
}

/// <summary>A request that is computed together with others.</summary>
/// <param name="Request">Prompt, and what steers.</param>
/// <param name="Options">How its picture is made.</param>
public sealed record LumenPart(LumenRequest Request, GenerationOptions Options)
{
    /// <summary>Called after every denoising step of its pass, on a thread of the model; null for nobody.</summary>
    public IProgress<LumenProgress>? Progress { get; init; }

    /// <summary>Drops this part alone: it is left out, or its picture is not given.</summary>
    public CancellationToken Stop { get; init; }
}
