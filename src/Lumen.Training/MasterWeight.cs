using System.Buffers;
using System.Runtime.InteropServices;
using Lumen.Core.Checkpoints;
using Lumen.Core.Native;
using Lumen.Core.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// One trained parameter with its float32 master weights, Adam moments, moving average and gradient: the sum of several, or the only one
/// as <c>backward</c> left it.
/// </summary>
internal sealed class MasterWeight
{
    private const int Block = 1 << 14; // values updated at once: what belongs to them stays in the cache until they are rounded
    private readonly List<Parameter> _replicas;
    private readonly int _ordinal;
    private readonly Moments _first;
    private readonly Moments _second;
    private NativeArray<float>? _sum; // made where there are several gradients
    private Tensor? _only; // contiguous; instead of the sum

    /// <param name="name">The parameter's name in checkpoints.</param>
    /// <param name="parameter">The parameter.</param>
    /// <param name="options">What is kept of it.</param>
    /// <param name="ordinal">Its place among the parameters: rounding is drawn by it.</param>
    public MasterWeight(string name, Parameter parameter, OptimizerOptions options, int ordinal)
    {
        (Name, _ordinal) = (name, ordinal);
        _replicas = [parameter];
        using var scope = NewDisposeScope();
        Master = new NativeArray<float>((int)parameter.numel());
        Values<float>(parameter.detach().to_type(ScalarType.Float32).contiguous()).CopyTo(Master.Span);
        if (options.KeepsAverage)
            Master.Span.CopyTo((Average = new NativeArray<float>(Master.Length)).Span);
        (_first, _second) = (new Moments(Master.Length, options.MomentType), new Moments(Master.Length, options.MomentType, signed: false));
    }

    /// <summary>The parameter's name in checkpoints.</summary>
    public string Name { get; }

    public NativeArray<float> Master { get; }

    /// <summary>The moving average; null where the weights themselves are used.</summary>
    public NativeArray<float>? Average { get; }

    /// <summary>[...] as the module has it.</summary>
    public long[] Shape => _replicas[0].shape;

    /// <summary>Sum of squares of the gradient, as <see cref="Measure"/> found it.</summary>
    public double SquaredNorm { get; private set; }

    /// <summary>Everything that a step changes, in a fixed order, made one by one in the caller's scope.</summary>
    public IEnumerable<StoredTensor> Entries()
    {
        yield return Entry(WeightStore.Weight, Master);
        foreach (var entry in _first.Entries(WeightStore.First, Name, Shape).Concat(_second.Entries(WeightStore.Second, Name, Shape)))
            yield return entry;
        if (Average is { } average)
            yield return Entry(WeightStore.Mean, average);

        StoredTensor Entry(string kind, NativeArray<float> values) =>
            new($"{kind}/{Name}", ScalarType.Float32, Shape, () => Copied(values));
    }

    /// <summary>Adds the same parameter of a replica; it must share the first one's memory.</summary>
    public void Add(Parameter replica) => _replicas.Add(replica);

    /// <summary>Adds the gradients that <c>backward</c> left in the first replicas, in their order, and frees them.</summary>
    public void Accumulate(int replicas, bool startsAnew)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        Forget();
        _sum ??= new NativeArray<float>(Master.Length);
        if (startsAnew)
            _sum.Span.Clear();
        foreach (var parameter in _replicas.Take(replicas))
        {
            if (parameter.grad is not { } gradient)
                continue;
            var values = gradient.contiguous();
            if (values.dtype == ScalarType.BFloat16)
                BFloat16Bits.AddTo(Values<ushort>(values), _sum.Span);
            else
                AdamKernel.Add(Values<float>(values.to_type(ScalarType.Float32)), _sum.Span);
            parameter.grad = null;
        }
    }

    /// <summary>The sum of the gradients that were accumulated.</summary>
    public NativeArray<float> Sum => _sum ??= new NativeArray<float>(Master.Length);

    /// <summary>Takes the gradient that <c>backward</c> left in the first replica as the only one: nothing is added up.</summary>
    public void Take()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        Forget();
        if (_replicas[0].grad is { } gradient)
            _only = (gradient.dtype == ScalarType.BFloat16 ? gradient : gradient.to_type(ScalarType.Float32))
                .contiguous()
                .DetachFromDisposeScope();
        else
            (_sum ??= new NativeArray<float>(Master.Length)).Span.Clear();
        _replicas[0].grad = null;
    }

    /// <summary>Frees a gradient that was <see cref="Take">taken</see>.</summary>
    public void Forget()
    {
        _only?.Dispose();
        _only = null;
    }

    /// <summary>Sums the squares of the gradient.</summary>
    public void Measure()
    {
        var buffer = ArrayPool<float>.Shared.Rent(Block);
        if (_only is null)
            SquaredNorm = AdamKernel.SumOfSquares(_sum!.Span);
        else
            SquaredNorm = Blocks().Aggregate(0.0, (sum, range) => AdamKernel.SumOfSquares(Gradient(range, buffer), sum));
        ArrayPool<float>.Shared.Return(buffer);
    }

    /// <summary>One step along the gradient.</summary>
    public void Update(AdamKernel kernel)
    {
        using var frozen = no_grad();
        var target = Target();
        var buffer = ArrayPool<float>.Shared.Rent(3 * Block);
        foreach (var range in Blocks())
        {
            var seed = Seed(kernel.Step, range.Start.Value);
            var first = _first.Open(range, buffer.AsSpan(Block, Block));
            var second = _second.Open(range, buffer.AsSpan(2 * Block, Block));
            kernel.Update(
                Master.Span[range],
                Gradient(range, buffer.AsSpan(0, Block)),
                first,
                second,
                Average is null ? [] : Average.Span[range]
            );
            _first.Close(range, first, seed);
            _second.Close(range, second, ~seed);
            if (target == ScalarType.BFloat16)
                BFloat16Bits.Round(Master.Span[range], Values<ushort>(_replicas[0])[range]);
        }
        ArrayPool<float>.Shared.Return(buffer);
        if (target != ScalarType.BFloat16)
            Publish(Master);
    }

    /// <summary>Puts values into the module, rounded to its type.</summary>
    public void Publish(NativeArray<float> values)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        switch (Target())
        {
            case ScalarType.BFloat16:
                BFloat16Bits.Round(values.Span, Values<ushort>(_replicas[0]));
                break;
            case ScalarType.Float32:
                values.Span.CopyTo(Values<float>(_replicas[0]));
                break;
            default:
                _replicas[0].copy_(Copied(values));
                break;
        }
    }

    /// <summary>Takes up what a checkpoint holds; an average that it lacks begins with its weights.</summary>
    /// <exception cref="LumenException">It holds another shape, or nothing of that name.</exception>
    public void Restore(SafetensorsFile file)
    {
        Read(WeightStore.Weight, Master);
        _first.Restore(file, WeightStore.First, Name, Shape);
        _second.Restore(file, WeightStore.Second, Name, Shape);
        if (Average is { } average)
            Read(file.Entries.ContainsKey($"{WeightStore.Mean}/{Name}") ? WeightStore.Mean : WeightStore.Weight, average);
        Publish(Master);

        void Read(string kind, NativeArray<float> values)
        {
            using var scope = NewDisposeScope();
            MasterWeights.RequireEntry(file, $"{kind}/{Name}", Shape);
            Values<float>(file.Read($"{kind}/{Name}", ScalarType.Float32)).CopyTo(values.Span);
        }
    }

    /// <summary>Hashes the bytes of <see cref="Entries"/>.</summary>
    public void AppendTo(System.Security.Cryptography.IncrementalHash hash)
    {
        hash.AppendData(MemoryMarshal.AsBytes(Master.Span));
        _first.AppendTo(hash);
        _second.AppendTo(hash);
        if (Average is { } average)
            hash.AppendData(MemoryMarshal.AsBytes(average.Span));
    }

    private Tensor Copied(NativeArray<float> values)
    {
        var copy = empty(Shape, ScalarType.Float32);
        values.Span.CopyTo(Values<float>(copy));
        return copy;
    }

    private IEnumerable<Range> Blocks()
    {
        for (var start = 0; start < Master.Length; start += Block)
            yield return start..Math.Min(start + Block, Master.Length);
    }

    private ReadOnlySpan<float> Gradient(Range range, Span<float> buffer)
    {
        if (_only is null)
            return _sum!.Span[range];
        if (_only.dtype != ScalarType.BFloat16)
            return Values<float>(_only)[range];
        var bits = Values<ushort>(_only)[range];
        BFloat16Bits.Widen(bits, buffer);
        return buffer[..bits.Length];
    }

    // Of rounding: another one for each step, parameter and block.
    private uint Seed(long step, int start) =>
        unchecked((uint)step * 0x9E3779B1u + (uint)_ordinal * 0x85EBCA77u + (uint)(start / Block) * 0xC2B2AE3Du);

    // The type of values that can be written straight into the parameter's memory; null where they cannot.
    private ScalarType? Target() =>
        _replicas[0] is { device_type: DeviceType.CPU, dtype: ScalarType.BFloat16 or ScalarType.Float32 } parameter
        && parameter.is_contiguous()
            ? parameter.dtype
            : null;

    private static Span<T> Values<T>(Tensor tensor)
        where T : struct => MemoryMarshal.Cast<byte, T>(tensor.bytes);
}
