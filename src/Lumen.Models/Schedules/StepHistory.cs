using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>What a multistep sampler remembers from step to step. Owned by the loop: one for each run, disposed after it. Samplers themselves hold nothing.</summary>
public sealed class StepHistory : IDisposable
{
    private readonly List<Tensor> _outputs = [];
    private Tensor? _sample;
    private Tensor? _sum;

    /// <summary>How many steps this run has made.</summary>
    public int Steps { get; internal set; }

    /// <summary>Former outputs of the denoiser, oldest first.</summary>
    internal IReadOnlyList<Tensor> Outputs => _outputs;

    /// <summary>A former sample that a later step starts from.</summary>
    internal Tensor? Sample
    {
        get => _sample;
        set => Replace(ref _sample, value);
    }

    /// <summary>A weighted sum of outputs that is not complete yet.</summary>
    internal Tensor? Sum
    {
        get => _sum;
        set => Replace(ref _sum, value);
    }

    /// <summary>Keeps a copy of an output and forgets the oldest beyond <paramref name="atMost"/>.</summary>
    internal void Remember(Tensor output, int atMost)
    {
        _outputs.Add(Own(output));
        while (_outputs.Count > atMost)
        {
            _outputs[0].Dispose();
            _outputs.RemoveAt(0);
        }
    }

    /// <summary>Frees everything remembered.</summary>
    public void Dispose()
    {
        _outputs.ForEach(output => output.Dispose());
        _outputs.Clear();
        Sample = null;
        Sum = null;
    }

    private static void Replace(ref Tensor? slot, Tensor? value)
    {
        var owned = value is null ? null : Own(value);
        slot?.Dispose();
        slot = owned;
    }

    private static Tensor Own(Tensor x) => x.detach().clone().DetachFromDisposeScope();
}
