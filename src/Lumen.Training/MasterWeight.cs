using System.Runtime.InteropServices;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>One trained parameter with its float32 master weights, summed gradient, Adam moments and moving average.</summary>
internal sealed class MasterWeight
{
    private const int Block = 1 << 14; // values updated at once: what belongs to them stays in the cache until they are rounded
    private readonly List<Parameter> _replicas;
    private readonly float[] _gradient;
    private readonly float[] _first;
    private readonly float[] _second;

    public MasterWeight(string name, Parameter parameter)
    {
        Name = name;
        _replicas = [parameter];
        using var scope = NewDisposeScope();
        Master = parameter.detach().to_type(ScalarType.Float32).contiguous().data<float>().ToArray();
        Average = [.. Master];
        (_gradient, _first, _second) = (new float[Master.Length], new float[Master.Length], new float[Master.Length]);
    }

    /// <summary>The parameter's name in checkpoints.</summary>
    public string Name { get; }

    public float[] Master { get; }

    public float[] Average { get; }

    /// <summary>Everything that a step changes, in a fixed order.</summary>
    public IEnumerable<(string Kind, float[] Values)> State =>
        [("weight", Master), ("first", _first), ("second", _second), ("average", Average)];

    /// <summary>[...] as the module has it.</summary>
    public long[] Shape => _replicas[0].shape;

    /// <summary>Sum of squares of the summed gradient, as <see cref="Measure"/> found it.</summary>
    public double SquaredNorm { get; private set; }

    /// <summary>Adds the same parameter of a replica; it must share the first one's memory.</summary>
    public void Add(Parameter replica) => _replicas.Add(replica);

    /// <summary>Adds the gradients that <c>backward</c> left in the first replicas, in their order, and frees them.</summary>
    public void Accumulate(int replicas, bool startsAnew)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        if (startsAnew)
            Array.Clear(_gradient);
        foreach (var parameter in _replicas.Take(replicas))
        {
            if (parameter.grad is not { } gradient)
                continue;
            var values = gradient.contiguous();
            if (values.dtype == ScalarType.BFloat16)
                BFloat16Bits.AddTo(Values<ushort>(values), _gradient);
            else
                AdamKernel.Add(Values<float>(values.to_type(ScalarType.Float32)), _gradient);
            parameter.grad = null;
        }
    }

    /// <summary>Sums the squares of the summed gradient.</summary>
    public void Measure() => SquaredNorm = AdamKernel.SumOfSquares(_gradient);

    /// <summary>One step along the summed gradient.</summary>
    public void Update(AdamKernel kernel)
    {
        using var frozen = no_grad();
        var target = Target();
        for (var start = 0; start < Master.Length; start += Block)
        {
            var range = start..Math.Min(start + Block, Master.Length);
            kernel.Update(
                Master.AsSpan(range),
                _gradient.AsSpan(range),
                _first.AsSpan(range),
                _second.AsSpan(range),
                Average.AsSpan(range)
            );
            if (target == ScalarType.BFloat16)
                BFloat16Bits.Round(Master.AsSpan(range), Values<ushort>(_replicas[0])[range]);
        }
        if (target != ScalarType.BFloat16)
            Publish(Master);
    }

    /// <summary>Puts values into the module, rounded to its type.</summary>
    public void Publish(float[] values)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        switch (Target())
        {
            case ScalarType.BFloat16:
                BFloat16Bits.Round(values, Values<ushort>(_replicas[0]));
                break;
            case ScalarType.Float32:
                values.CopyTo(Values<float>(_replicas[0]));
                break;
            default:
                _replicas[0].copy_(tensor(values, Shape));
                break;
        }
    }

    /// <summary>Takes up what a checkpoint holds.</summary>
    /// <exception cref="LumenException">It holds another shape, or nothing of that name.</exception>
    public void Restore(SafetensorsFile file)
    {
        foreach (var (kind, values) in State)
        {
            MasterWeights.RequireEntry(file, $"{kind}/{Name}", Shape);
            using var scope = NewDisposeScope();
            Values<float>(file.Read($"{kind}/{Name}", ScalarType.Float32)).CopyTo(values);
        }
        Publish(Master);
    }

    // The type of values that can be written straight into the parameter's memory; null where they cannot.
    private ScalarType? Target() =>
        _replicas[0] is { device_type: DeviceType.CPU, dtype: ScalarType.BFloat16 or ScalarType.Float32 } parameter
        && parameter.is_contiguous()
            ? parameter.dtype
            : null;

    private static Span<T> Values<T>(Tensor tensor)
        where T : struct => MemoryMarshal.Cast<byte, T>(tensor.bytes);
}
