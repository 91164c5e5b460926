using System.Security.Cryptography;
using Lumen.Core.Checkpoints;
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
    protected const string Weight = "weight",
        First = "first",
        Second = "second",
        Mean = "average";

    /// <summary>A store for parameters by name: one that is as fast as it can be on the processor, or one of tensors elsewhere.</summary>
    public static WeightStore Of(IReadOnlyList<(string Name, Parameter Parameter)> parameters) =>
        parameters.All(one => one.Parameter.device_type == DeviceType.CPU) ? new HostWeights(parameters) : new DeviceWeights(parameters);

    /// <summary>Number of trained values.</summary>
    public abstract long Count { get; }

    /// <summary>
    /// Adds the parameters that another thread computes with, by name; they share the memory of the first ones.
    /// </summary>
    public abstract void AddReplica(IEnumerable<(string Name, Parameter Parameter)> parameters);

    /// <summary>Adds the gradients that <c>backward</c> left in the first replicas, in their order, and frees them.</summary>
    public abstract void Accumulate(int replicas, bool startsAnew);

    /// <summary>Norm of the summed gradient; the one number of a step that is read from the device.</summary>
    public abstract double Norm();

    /// <summary>One step along the summed gradient.</summary>
    public abstract void Update(AdamKernel kernel);

    /// <summary>Puts the weights, or their averages, into the modules, rounded to their type.</summary>
    public abstract void Publish(bool averages);

    /// <summary>Everything that a step changes, in a fixed order; on the processor, in the caller's scope.</summary>
    public abstract IEnumerable<KeyValuePair<string, Tensor>> Entries();

    /// <summary>Takes up what a checkpoint holds.</summary>
    /// <exception cref="LumenException">It holds another shape, or nothing of a name.</exception>
    public abstract void Restore(SafetensorsFile file);

    /// <summary>Hashes what <see cref="Entries"/> gives.</summary>
    public virtual void AppendTo(IncrementalHash hash)
    {
        foreach (var (_, values) in Entries())
            hash.AppendData(values.bytes);
    }
}

/// <summary>Weights on the processor: one pass over each parameter, several parameters at once.</summary>
internal sealed class HostWeights(IReadOnlyList<(string Name, Parameter Parameter)> parameters) : WeightStore
{
    private readonly MasterWeight[] _slots = [.. parameters.Select(one => new MasterWeight(one.Name, one.Parameter))];

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

    public override double Norm()
    {
        Parallel.ForEach(_slots, slot => slot.Measure());
        return Math.Sqrt(_slots.Sum(slot => slot.SquaredNorm));
    }

    public override void Update(AdamKernel kernel) => Parallel.ForEach(_slots, slot => slot.Update(kernel));

    public override void Publish(bool averages)
    {
        foreach (var slot in _slots)
            slot.Publish(averages ? slot.Average : slot.Master);
    }

    public override IEnumerable<KeyValuePair<string, Tensor>> Entries() =>
        _slots.SelectMany(slot =>
            slot.State.Select(part => KeyValuePair.Create($"{part.Kind}/{slot.Name}", tensor(part.Values, slot.Shape)))
        );

    public override void Restore(SafetensorsFile file)
    {
        foreach (var slot in _slots)
            slot.Restore(file);
    }

    public override void AppendTo(IncrementalHash hash)
    {
        foreach (var slot in _slots)
        {
            foreach (var (_, values) in slot.State)
                hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values));
        }
    }
}
