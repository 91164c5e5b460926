using Lumen.Core.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// Weights on a GPU: everything is float32 in a few long tensors there, all parameters side by side, so that a step is a dozen operators in
/// place, however many parameters there are.
/// </summary>
internal sealed class DeviceWeights : WeightStore
{
    private readonly Slot[] _slots;
    private readonly Tensor _master; // [count], as all that follow
    private readonly Tensor _gradient;
    private readonly Tensor _first;
    private readonly Tensor _second;
    private readonly Tensor _average;

    public DeviceWeights(IReadOnlyList<(string Name, Parameter Parameter)> parameters)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var start = 0L;
        _slots = new Slot[parameters.Count];
        for (var i = 0; i < _slots.Length; i++)
        {
            _slots[i] = new Slot(parameters[i].Name, parameters[i].Parameter, start);
            start += parameters[i].Parameter.numel();
        }
        _master = Own(cat([.. parameters.Select(one => one.Parameter.detach().to_type(ScalarType.Float32).flatten())]));
        _average = Own(_master.clone());
        (_gradient, _first, _second) = (Own(zeros_like(_master)), Own(zeros_like(_master)), Own(zeros_like(_master)));
    }

    public override long Count => _master.numel();

    private (string Kind, Tensor Values)[] State => [(Weight, _master), (First, _first), (Second, _second), (Mean, _average)];

    public override void AddReplica(IEnumerable<(string Name, Parameter Parameter)> parameters) =>
        throw new NotSupportedException("A device computes one micro-batch after the other.");

    public override void Accumulate(int replicas, bool startsAnew)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        if (startsAnew)
            _gradient.zero_();
        foreach (var slot in _slots)
        {
            if (slot.Parameter.grad is not { } gradient)
                continue;
            slot.In(_gradient).add_(gradient.to_type(ScalarType.Float32));
            slot.Parameter.grad = null;
        }
    }

    public override double Norm()
    {
        using var scope = NewDisposeScope();
        return Math.Sqrt(_gradient.square().sum().cpu().item<float>());
    }

    public override void Update(AdamKernel kernel)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        _gradient.mul_(kernel.GradientScale);
        _first.mul_(kernel.Options.AdamBeta1).add_(_gradient, alpha: 1 - kernel.Options.AdamBeta1);
        _second.mul_(kernel.Options.AdamBeta2).addcmul_(_gradient, _gradient, 1 - kernel.Options.AdamBeta2);
        var spread = _second.sqrt().mul_(kernel.Correction).add_(kernel.Options.AdamEpsilon);
        _master.mul_(kernel.Keep).addcdiv_(_first, spread, -kernel.Size);
        _average.lerp_(_master, kernel.Blend);
        Publish(averages: false);
    }

    public override void Publish(bool averages)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        foreach (var slot in _slots)
            slot.Parameter.copy_(slot.In(averages ? _average : _master));
    }

    public override IEnumerable<KeyValuePair<string, Tensor>> Entries()
    {
        var host = State.Select(part => (part.Kind, Values: part.Values.cpu())).ToArray();
        return _slots.SelectMany(slot => host.Select(part => KeyValuePair.Create($"{part.Kind}/{slot.Name}", slot.In(part.Values))));
    }

    public override void Restore(SafetensorsFile file)
    {
        using var frozen = no_grad();
        foreach (var slot in _slots)
        {
            foreach (var (kind, values) in State)
            {
                using var scope = NewDisposeScope();
                MasterWeights.RequireEntry(file, $"{kind}/{slot.Name}", slot.Parameter.shape);
                slot.In(values).copy_(file.Read($"{kind}/{slot.Name}", ScalarType.Float32));
            }
        }
        Publish(averages: false);
    }

    private static Tensor Own(Tensor values) => values.DetachFromDisposeScope();

    /// <summary>A parameter and where its values begin.</summary>
    private sealed record Slot(string Name, Parameter Parameter, long Start)
    {
        /// <summary>Its part of a long tensor, in its own shape.</summary>
        public Tensor In(Tensor values) => values.narrow(0, Start, Parameter.numel()).view(Parameter.shape);
    }
}
