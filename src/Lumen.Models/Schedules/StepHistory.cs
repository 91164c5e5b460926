using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// What a multistep sampler remembers of a run. Immutable: every step answers with the next one, and whoever holds one disposes it. Its
/// tensors are copies of its own, so that each can be disposed, or stepped from again, at any time.
/// </summary>
public sealed record StepHistory : IDisposable
{
    /// <summary>The history of a run that has not begun. It holds nothing and need not be disposed.</summary>
    public static StepHistory Empty { get; } = new();

    /// <summary>How many steps the run has made.</summary>
    public int Steps { get; private init; }

    /// <summary>Former outputs of the denoiser, in the form the sampler works with, oldest first.</summary>
    public IReadOnlyList<Tensor> Outputs { get; private init; } = [];

    /// <summary>A former sample that a later step starts from.</summary>
    public Tensor? Sample { get; private init; }

    /// <summary>A weighted sum of outputs that is not complete yet.</summary>
    public Tensor? Sum { get; private init; }

    /// <summary>Frees everything remembered.</summary>
    public void Dispose()
    {
        foreach (var output in Outputs)
            output.Dispose();
        Sample?.Dispose();
        Sum?.Dispose();
    }

    /// <summary>The history one step later, with copies of what is to be remembered.</summary>
    /// <param name="outputs">Outputs, oldest first.</param>
    /// <param name="atMost">How many of the newest outputs are kept.</param>
    /// <param name="sample">A sample for a later step.</param>
    /// <param name="sum">A sum that a later step adds to.</param>
    public StepHistory Then(IEnumerable<Tensor> outputs, int atMost, Tensor? sample = null, Tensor? sum = null) =>
        new()
        {
            Steps = Steps + 1,
            Outputs = [.. outputs.TakeLast(atMost).Select(Own)],
            Sample = sample is null ? null : Own(sample),
            Sum = sum is null ? null : Own(sum),
        };

    /// <summary>The history one step later, with nothing to remember but their number.</summary>
    public StepHistory Then() => new() { Steps = Steps + 1 };

    private static Tensor Own(Tensor x) => x.detach().clone().DetachFromDisposeScope();
}
