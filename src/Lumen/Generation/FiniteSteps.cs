using TorchSharp;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>
/// Whether the denoiser's outputs were finite. On the processor each is looked at as it comes. Elsewhere reading a number waits for the
/// device, so the answers stay there until the walk ends; what is not finite once stays so in all later steps.
/// </summary>
/// <param name="steps">Steps of the sampler, for messages.</param>
/// <param name="networks">The networks that take part, by what messages call them.</param>
internal sealed class FiniteSteps(int steps, params IReadOnlyList<(string Name, nn.Module? Network)> networks) : IDisposable
{
    private readonly List<(int Step, Tensor Answer)> _unread = [];

    /// <summary>Takes in the output of a step.</summary>
    /// <exception cref="LumenException">It is on the processor and not finite.</exception>
    public void Add(int step, Tensor output)
    {
        using var scope = NewDisposeScope();
        var answer = output.isfinite().all();
        if (output.device_type != DeviceType.CPU)
            _unread.Add((step, answer.DetachFromDisposeScope()));
        else if (!answer.item<bool>())
            throw Fault(step);
    }

    /// <summary>Reads all answers that were not read yet.</summary>
    /// <exception cref="LumenException">An output was not finite; the first step is named.</exception>
    public void Require()
    {
        if (_unread.Count == 0)
            return;
        using var scope = NewDisposeScope();
        var answers = stack(_unread.Select(one => one.Answer)).cpu().data<bool>().ToArray();
        var first = Array.IndexOf(answers, false);
        if (first >= 0)
            throw Fault(_unread[first].Step);
    }

    public void Dispose()
    {
        foreach (var (_, answer) in _unread)
            answer.Dispose();
    }

    private LumenException Fault(int step) =>
        FiniteWeights.Fault(
            $"The denoiser gave values that are not finite at step {step + 1} of {steps}.",
            "Try `Dtype` float32 or a lower `GuidanceScale`.",
            networks
        );
}
