using System.Security.Cryptography;
using Lumen.Core.Checkpoints;
using Lumen.Core.Processes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// Master weights, summed gradients, Adam moments and moving averages of some parameters, on the device that these are on.
/// </summary>
internal abstract class WeightStore
{
    /// <summary>What a checkpoint holds of every parameter, in this order.</summary>
    internal const string Weight = "weight",
        First = "first",
        Second = "second",
        Mean = "average";

    /// <summary>A store for parameters by name: one that is as fast as it can be on the processor, or one of tensors elsewhere.</summary>
    public static WeightStore Of(IReadOnlyList<(string Name, Parameter Parameter)> parameters, OptimizerOptions options) =>
        parameters.All(one => one.Parameter.device_type == DeviceType.CPU)
            ? new HostWeights(parameters, options)
            : new DeviceWeights(parameters, options);

    /// <summary>Number of trained values.</summary>
    public abstract long Count { get; }

    /// <summary>
    /// Adds the parameters that another thread computes with, by name; they share the memory of the first ones.
    /// </summary>
    public abstract void AddReplica(IEnumerable<(string Name, Parameter Parameter)> parameters);

    /// <summary>Adds the gradients that <c>backward</c> left in the first replicas, in their order, and frees them.</summary>
    public abstract void Accumulate(int replicas, bool startsAnew);

    /// <summary>Adds up the <see cref="Accumulate">summed</see> gradients of several processes; each then has the whole sum.</summary>
    public abstract void Sum(ICommunicator processes);

    /// <summary>
    /// Takes the gradients that <c>backward</c> left in the first replica as the only ones of the step, without a sum in float32.
    /// </summary>
    public abstract void Take();

    /// <summary>Frees gradients that were <see cref="Take">taken</see> and not applied.</summary>
    public abstract void Forget();

    /// <summary>Norm of the gradient; the one number of a step that is read from the device.</summary>
    public abstract double Norm();

    /// <summary>One step along the gradient.</summary>
    public abstract void Update(AdamKernel kernel);

    /// <summary>Puts the weights, or their averages, into the modules, rounded to their type.</summary>
    public abstract void Publish(bool averages);

    /// <summary>Everything that a step changes, in a fixed order; made on the processor one by one.</summary>
    public abstract IEnumerable<StoredTensor> Entries();

    /// <summary>Takes up what a checkpoint holds.</summary>
    /// <exception cref="LumenException">It holds another shape, or nothing of a name.</exception>
    public abstract void Restore(SafetensorsFile file);

    /// <summary>Hashes what <see cref="Entries"/> gives.</summary>
    public virtual void AppendTo(IncrementalHash hash)
    {
        foreach (var entry in Entries())
        {
            using var scope = NewDisposeScope();
            hash.AppendData(entry.Make().contiguous().bytes);
        }
    }
}

/// <summary>Weights on the processor: one pass over each parameter, several parameters at once.</summary>
internal sealed class HostWeights(IReadOnlyList<(string Name, Parameter Parameter)> parameters, OptimizerOptions options) : WeightStore
{
    private readonly MasterWeight[] _slots =
    [
        .. parameters.Select((one, ordinal) => new MasterWeight(one.Name, one.Parameter, options, ordinal)),
    ];

    public override long Count => _slots.Sum(slot => (long)slot.Master.Length);

    public override void AddReplica(IEnumerable<(string Name, Parameter Parameter)> parameters)
    {
        var slots = _slots.ToDictionary(slot => slot.Name, StringComparer.Ordinal);
        foreach (var (name, parameter) in parameters)
        {
            if (slots.TryGetValue(name, out var slot))
                slot.Add(parameter);
        }
    }

    public override void Accumulate(int replicas, bool startsAnew) =>
        Parallel.ForEach(_slots, slot => slot.Accumulate(replicas, startsAnew));

    public override void Sum(ICommunicator processes) => GradientBuckets.Sum([.. _slots.Select(slot => slot.Sum)], processes);

    // One after the other: a copy that has to be made is shared out over threads by libtorch itself.
    public override void Take()
    {
        foreach (var slot in _slots)
            slot.Take();
    }

    public override void Forget()
    {
        foreach (var slot in _slots)
            slot.Forget();
    }

    public override double Norm()
    {
        Parallel.ForEach(_slots, slot => slot.Measure());
        return Math.Sqrt(_slots.Sum(slot => slot.SquaredNorm));
    }

    public override void Update(AdamKernel kernel)
    {
        Parallel.ForEach(_slots, slot => slot.Update(kernel));
        Forget();
    }

    public override void Publish(bool averages)
    {
        foreach (var slot in _slots)
            slot.Publish(averages ? slot.Average ?? slot.Master : slot.Master);
    }

    public override IEnumerable<StoredTensor> Entries() => _slots.SelectMany(slot => slot.Entries());

    public override void Restore(SafetensorsFile file)
    {
        foreach (var slot in _slots)
            slot.Restore(file);
    }

    public override void AppendTo(IncrementalHash hash)
    {
        foreach (var slot in _slots)
            slot.AppendTo(hash);
    }
}
