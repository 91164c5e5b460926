using Lumen.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>Which requests can share a batch, and how large one is by default.</summary>
public static class BatchRules
{
    // One pass holds about as many latents as the smallest published models take at once; only small networks gain from more.
    private const int LatentsAtOnce = 4096,
        LatentsOfSmall = 8192,
        MostAtOnce = 8;

    /// <summary>
    /// Pictures of a request in one pass. By default no picture depends on how many are made with it: only where that is known of larger
    /// passes - small networks in bfloat16, on one thread - are there several in one, as many as keep all workers busy.
    /// </summary>
    internal static int SizeFor(GenerationRequest request, GenerationOptions options, DiffusionModel model, int workers)
    {
        if (options.BatchSize is { } size)
            return Math.Min(size, options.Count);
        if (!KeepsBytes(model, workers) && model.Placement.Device.type == DeviceType.CPU)
            return 1;
        var share = (options.Count + workers - 1) / workers;
        return Math.Clamp(SizeFor((long)request.PaddedWidth * request.PaddedHeight, model), 1, share);
    }

    /// <summary>
    /// Whether it is known that a picture's bytes do not depend on how many are made in its pass: of small networks in bfloat16 on one
    /// thread.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="workers">Passes at once, each on a thread of its own; with one it is the current thread's number that counts.</param>
    public static bool KeepsBytes(DiffusionModel model, int workers) =>
        Processor.HasBFloat16
        && model is { MostThreads: 1, Placement.Compute: ScalarType.BFloat16 }
        && (workers > 1 || get_num_threads() == 1);

    /// <summary>Pictures or tiles in one pass where no number is given.</summary>
    /// <param name="pixels">Pixels of one of them, padding included.</param>
    /// <param name="model">The model.</param>
    public static int SizeFor(long pixels, DiffusionModel model) =>
        (int)
            Math.Clamp(
                (model.MostThreads == 1 ? LatentsOfSmall : LatentsAtOnce)
                    * (long)model.Vae.Config.Stride
                    * model.Vae.Config.Stride
                    / Math.Max(1, pixels),
                1,
                MostAtOnce
            );

    /// <summary>Pictures of several requests in one pass: one, unless it is known that more change no byte.</summary>
    internal static int SizeTogether(GenerationRequest request, int count, DiffusionModel model, int workers) =>
        KeepsBytes(model, workers)
            ? Math.Clamp(SizeFor((long)request.PaddedWidth * request.PaddedHeight, model), 1, (count + workers - 1) / workers)
            : 1;

    /// <summary>What requests must have in common to share a pass.</summary>
    internal static (int, int, bool, bool, bool) KindOf(GenerationRequest request) =>
        (request.PaddedWidth, request.PaddedHeight, request.Layout is null, request.ConditionImage is null, request.Initial is null);

    /// <summary>Refuses requests that cannot share a pass.</summary>
    internal static void Require(IReadOnlyList<GenerationRequest> requests)
    {
        if (requests.Count == 0)
            throw new ArgumentException("requests must hold at least one request but is empty.", nameof(requests));
        var first = requests[0];
        if (requests.Any(request => (request.PaddedWidth, request.PaddedHeight) != (first.PaddedWidth, first.PaddedHeight)))
            throw new ArgumentException(
                $"requests must have one padded size, {first.PaddedWidth} x {first.PaddedHeight} like the first, to share a batch.",
                nameof(requests)
            );
        if (requests.Any(request => request.Layout is null != first.Layout is null))
            throw new ArgumentException("requests must have a layout in all of them or in none to share a batch.", nameof(requests));
        if (requests.Any(request => request.ConditionImage is null != first.ConditionImage is null))
            throw new ArgumentException(
                "requests must have a condition image in all of them or in none to share a batch.",
                nameof(requests)
            );
        if (requests.Any(request => request is { Layout: not null, ConditionImage: not null }))
            throw new ArgumentException(
                "requests must have a layout or a condition image, not both: an adapter reads one of them.",
                nameof(requests)
            );
        if (requests.Any(request => request.Initial is null != first.Initial is null))
            throw new ArgumentException("requests must begin from a picture in all of them or in none to share a batch.", nameof(requests));
    }
}
