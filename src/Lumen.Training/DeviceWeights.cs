using Lumen.Core.Checkpoints;
using Lumen.Core.Processes;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// Weights on a GPU: master weights, moments and averages are a few long tensors there, all parameters side by side. A step goes through
/// the parameters one by one, so that what it computes in between is as large as one of them.
/// </summary>
internal sealed class DeviceWeights : WeightStore
{
    private readonly Slot[] _slots;
    private readonly Tensor _master; // [count] float32, as the average and the gradient
    private readonly Tensor _first; // [count] float32 or bfloat16
    private readonly Tensor _second;
    private readonly Tensor? _average;
    private readonly bool _rounds;
    private Tensor? _gradient; // made where there are several gradients

    public DeviceWeights(IReadOnlyList<(string Name, Parameter Parameter)> parameters, OptimizerOptions options)
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
        _rounds = options.MomentType == ScalarType.BFloat16;
        _master = Own(cat([.. parameters.Select(one => one.Parameter.detach().to_type(ScalarType.Float32).flatten())]));
        _average = options.KeepsAverage ? Own(_master.clone()) : null;
        (_first, _second) = (Own(zeros_like(_master, options.MomentType)), Own(zeros_like(_master, options.MomentType)));
    }

    public override long Count => _master.numel();

    private IEnumerable<(string Kind, Tensor Values)> State =>
        ((string, Tensor)[])
            [(Weight, _master), (First, _first), (Second, _second), .. _average is null ? [] : ((string, Tensor)[])[(Mean, _average)]];

    public override void AddReplica(IEnumerable<(string Name, Parameter Parameter)> parameters) =>
        throw new NotSupportedException("A device computes one micro-batch after the other.");

    public override void Accumulate(int replicas, bool startsAnew)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        _gradient ??= Own(zeros_like(_master));
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

    // By way of the processor's memory.
    public override void Sum(ICommunicator processes)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var values = _gradient!.cpu();
        for (var start = 0L; start < values.numel(); start += GradientBuckets.Most)
        {
            using var bucket = NewDisposeScope();
            var part = values.narrow(0, start, Math.Min(GradientBuckets.Most, values.numel() - start));
            processes.Sum(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(part.bytes));
        }
        _gradient!.copy_(values);
    }

    // The sum is made once and stays: without one, gradients are read where backward left them.
    public override void Take()
    {
        _gradient?.Dispose();
        _gradient = null;
    }

    public override void Forget()
    {
        foreach (var slot in _slots)
            slot.Parameter.grad = null;
    }

    public override double Norm()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return Math.Sqrt(stack([.. _slots.Select(slot => Gradient(slot).square().sum())]).sum().cpu().item<float>());
    }

    public override void Update(AdamKernel kernel)
    {
        using var frozen = no_grad();
        for (var i = 0; i < _slots.Length; i++)
        {
            using var scope = NewDisposeScope();
            var slot = _slots[i];
            var gradient = Gradient(slot) * kernel.GradientScale;
            var first = slot.In(_first)
                .to_type(ScalarType.Float32)
                .mul_(kernel.Options.AdamBeta1)
                .add_(gradient, alpha: 1 - kernel.Options.AdamBeta1);
            var second = slot.In(_second)
                .to_type(ScalarType.Float32)
                .mul_(kernel.Options.AdamBeta2)
                .addcmul_(gradient, gradient, 1 - kernel.Options.AdamBeta2);
            var spread = second.sqrt().mul_(kernel.Correction).add_(kernel.Options.AdamEpsilon);
            var master = slot.In(_master).mul_(kernel.Keep).addcdiv_(first, spread, -kernel.Size);
            if (_rounds)
            {
                slot.In(_first).copy_(StochasticRounding.Of(first, kernel.Step, 2 * i));
                slot.In(_second).copy_(StochasticRounding.Of(second, kernel.Step, 2 * i + 1));
            }
            if (_average is not null)
                slot.In(_average).lerp_(master, kernel.Blend);
            slot.Parameter.copy_(master);
            slot.Parameter.grad = null;
        }
    }

    public override void Publish(bool averages)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        foreach (var slot in _slots)
            slot.Parameter.copy_(slot.In(averages ? _average ?? _master : _master));
    }

    public override IEnumerable<StoredTensor> Entries() =>
        _slots.SelectMany(slot =>
            State.Select(part => new StoredTensor(
                $"{part.Kind}/{slot.Name}",
                part.Values.dtype,
                slot.Parameter.shape,
                () => slot.In(part.Values).cpu()
            ))
        );

    public override void Restore(SafetensorsFile file)
    {
        using var frozen = no_grad();
        foreach (var slot in _slots)
        {
            foreach (var (kind, values) in State)
            {
                using var scope = NewDisposeScope();
                var name = $"{kind}/{slot.Name}";
                if (kind == Mean && !file.Entries.ContainsKey(name))
                    name = $"{Weight}/{slot.Name}";
                MasterWeights.RequireEntry(file, name, slot.Parameter.shape);
                slot.In(values).copy_(file.Read(name, ScalarType.Float32));
            }
        }
        Publish(averages: false);
    }

    private Tensor Gradient(Slot slot) =>
        _gradient is not null ? slot.In(_gradient)
        : slot.Parameter.grad is { } gradient ? gradient.to_type(ScalarType.Float32)
        : zeros_like(slot.In(_master));

    private static Tensor Own(Tensor values) => values.DetachFromDisposeScope();

    /// <summary>A parameter and where its values begin.</summary>
    private sealed record Slot(string Name, Parameter Parameter, long Start)
    {
        /// <summary>Its part of a long tensor, in its own shape.</summary>
        public Tensor In(Tensor values) => values.narrow(0, Start, Parameter.numel()).view(Parameter.shape);
    }
}
