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
    private readonly WeightSlot[] _slots;
    private readonly Tensor _master; // [count] float32, as the average and the gradient
    private readonly DeviceMoments _first;
    private readonly DeviceMoments _second;
    private readonly Tensor? _average; // there, or on the processor
    private Tensor? _gradient; // made where there are several gradients

    public DeviceWeights(IReadOnlyList<(string Name, Parameter Parameter)> parameters, OptimizerOptions options)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (start, block) = (0L, 0L);
        _slots = new WeightSlot[parameters.Count];
        for (var i = 0; i < _slots.Length; i++)
        {
            _slots[i] = new WeightSlot(parameters[i].Name, parameters[i].Parameter, start, block);
            start += parameters[i].Parameter.numel();
            block += _slots[i].Blocks;
        }
        _master = Own(cat([.. parameters.Select(one => one.Parameter.detach().to_type(ScalarType.Float32).flatten())]));
        if (options.KeepsAverage)
            _average = Own(options.EmaDevice == "cpu" ? _master.cpu().clone() : _master.clone());
        _first = new DeviceMoments(start, block, options.MomentType, signed: true, _master.device);
        _second = new DeviceMoments(start, block, options.MomentType, signed: false, _master.device);
    }

    public override long Count => _master.numel();

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
            var first = _first.Open(slot).mul_(kernel.Options.AdamBeta1).add_(gradient, alpha: 1 - kernel.Options.AdamBeta1);
            var second = _second.Open(slot).mul_(kernel.Options.AdamBeta2).addcmul_(gradient, gradient, 1 - kernel.Options.AdamBeta2);
            var spread = second.sqrt().mul_(kernel.Correction).add_(kernel.Options.AdamEpsilon);
            var master = slot.In(_master).mul_(kernel.Keep).addcdiv_(first, spread, -kernel.Size);
            _first.Close(slot, first, kernel.Step, 2 * i);
            _second.Close(slot, second, kernel.Step, 2 * i + 1);
            if (_average is not null)
                slot.In(_average).lerp_(master.to(_average.device), kernel.Blend);
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
            (StoredTensor[])
                [
                    Entry(Weight, slot, _master),
                    .. _first.Entries(First, slot),
                    .. _second.Entries(Second, slot),
                    .. _average is null ? [] : (StoredTensor[])[Entry(Mean, slot, _average)],
                ]
        );

    public override void Restore(SafetensorsFile file)
    {
        using var frozen = no_grad();
        foreach (var slot in _slots)
        {
            using var scope = NewDisposeScope();
            Read(file, Weight, slot, _master);
            _first.Restore(file, First, slot);
            _second.Restore(file, Second, slot);
            if (_average is not null)
                Read(file, file.Entries.ContainsKey($"{Mean}/{slot.Name}") ? Mean : Weight, slot, _average);
        }
        Publish(averages: false);
    }

    private static StoredTensor Entry(string kind, WeightSlot slot, Tensor values) =>
        new($"{kind}/{slot.Name}", ScalarType.Float32, slot.Parameter.shape, () => slot.In(values).cpu());

    private static void Read(SafetensorsFile file, string kind, WeightSlot slot, Tensor values)
    {
        MasterWeights.RequireEntry(file, $"{kind}/{slot.Name}", slot.Parameter.shape);
        slot.In(values).copy_(file.Read($"{kind}/{slot.Name}", ScalarType.Float32));
    }

    private Tensor Gradient(WeightSlot slot) =>
        _gradient is not null ? slot.In(_gradient)
        : slot.Parameter.grad is { } gradient ? gradient.to_type(ScalarType.Float32)
        : zeros_like(slot.In(_master));

    private static Tensor Own(Tensor values) => values.DetachFromDisposeScope();
}

/// <summary>A parameter and where its values begin.</summary>
/// <param name="Name">Its name in checkpoints.</param>
/// <param name="Parameter">The parameter.</param>
/// <param name="Start">Values before it.</param>
/// <param name="FirstBlock">Blocks of <see cref="DynamicCode"/> before it.</param>
internal sealed record WeightSlot(string Name, Parameter Parameter, long Start, long FirstBlock)
{
    /// <summary>Its blocks.</summary>
    public int Blocks { get; } = DynamicCode.Blocks(Parameter.numel());

    /// <summary>Its part of a long tensor, in its own shape.</summary>
    public Tensor In(Tensor values) => values.narrow(0, Start, Parameter.numel()).view(Parameter.shape);

    /// <summary>Its part of a tensor of blocks.</summary>
    public Tensor BlocksIn(Tensor values) => values.narrow(0, FirstBlock, Blocks);
}
