using Lumen.Core.Native;
using Lumen.Imaging;

namespace Lumen.Generation;

public sealed partial class ImageGenerator
{
    /// <summary>
    /// A picture of each of several requests, of whatever size: several in a pass only where that changes no byte, and as many passes at
    /// once as there are workers.
    /// </summary>
    /// <param name="requests">Each with a seed and a negative prompt of its own, or those of the options.</param>
    /// <param name="options">The same for all.</param>
    /// <param name="progress">Called after every denoising step with the numbers of the requests in the pass.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <returns>The pictures of a pass with the numbers of their requests, as soon as a round of passes is done.</returns>
    internal IEnumerable<(int[] Of, Picture[] Pictures)> Together(
        IReadOnlyList<GenerationRequest> requests,
        GenerationOptions options,
        Action<int[], GenerationStep>? progress,
        CancellationToken stop
    )
    {
        using var own = Embeddings is null ? new PromptEmbeddings(model) : null;
        var passes = Enumerable
            .Range(0, requests.Count)
            .GroupBy(index => BatchRules.KindOf(requests[index]))
            .SelectMany(group => group.Chunk(BatchRules.SizeTogether(requests[group.First()], group.Count(), model, Workers)))
            .ToArray();
        foreach (var pass in passes)
            Require([.. pass.Select(index => requests[index])], options);
        foreach (var round in passes.Chunk(Workers))
        {
            var made = new Picture[round.Length][];
            ParallelCalls.Run(
                round.Length,
                Workers,
                at =>
                    made[at] = Pass(
                        [.. round[at].Select(index => requests[index])],
                        options,
                        Embeddings ?? own!,
                        progress is null ? null : new PassProgress(step => progress(round[at], step)),
                        stop
                    )
            );
            foreach (var (of, pictures) in round.Zip(made))
                yield return (of, pictures);
        }
    }

    private sealed class PassProgress(Action<GenerationStep> report) : IProgress<GenerationStep>
    {
        public void Report(GenerationStep value) => report(value);
    }
}
