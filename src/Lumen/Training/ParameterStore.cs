using System.Runtime.InteropServices;
using Lumen.Core;
using Lumen.Core.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training;

/// <summary>
/// The optimiser's view of some modules: float32 master weights, both Adam moments and the moving average of every parameter. The modules themselves may compute in bfloat16;
/// after every step they get the rounded master weights.
/// </summary>
public sealed class ParameterStore
{
    private readonly Slot[] _slots;
    private readonly OptimizerOptions _options;
    private readonly ITrainingState? _state;
    private bool _averaged;

    /// <param name="modules">What is trained, by a name that prefixes its parameters in checkpoints; parameters that take no gradient stay as they are.</param>
    /// <param name="options">The optimiser's settings.</param>
    /// <param name="state">What the task carries along besides; null for nothing.</param>
    public ParameterStore(IReadOnlyDictionary<string, Module> modules, OptimizerOptions options, ITrainingState? state = null)
    {
        (_options, _state) = (options, state);
        _slots = [.. modules.SelectMany(module => module.Value.named_parameters().Where(p => p.parameter.requires_grad).Select(p => new Slot($"{module.Key}.{p.name}", p.parameter)))];
    }

    /// <summary>Number of trained values.</summary>
    public long Count => _slots.Sum(slot => (long)slot.Master.Length);

    /// <summary>Steps done.</summary>
    public long Step { get; private set; }

    /// <summary>Applies the gradients that <c>backward</c> left and clears them.</summary>
    /// <returns>Norm of the whole gradient before clipping; NaN or infinite if it was, and then nothing is changed.</returns>
    public double Apply(long totalSteps)
    {
        Parallel.ForEach(_slots, slot => slot.FetchGradient());
        var norm = Math.Sqrt(_slots.Sum(slot => slot.SquaredNorm));
        if (!double.IsFinite(norm)) return norm;
        var scale = _options.MaxGradNorm > 0 && norm > _options.MaxGradNorm ? _options.MaxGradNorm / norm : 1;
        var kernel = new AdamKernel(_options.RateAt(Step, totalSteps), _options, Step, scale);
        Parallel.ForEach(_slots, slot =>
        {
            kernel.Update(slot.Master, slot.Gradient, slot.First, slot.Second, slot.Average);
            slot.Publish(slot.Master);
        });
        _state?.Advance(Step);
        Step++;
        return norm;
    }

    /// <summary>Puts the averaged weights into the modules until the returned value is disposed: for validation, previews and export.</summary>
    public IDisposable UseAverage()
    {
        if (_averaged) throw new InvalidOperationException("The averaged weights are in use already.");
        foreach (var slot in _slots) slot.Publish(slot.Average);
        _averaged = true;
        return new Restore(this);
    }

    /// <summary>Everything needed to go on bit for bit, as a safetensors file.</summary>
    public void Save(string path)
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(path, _slots.SelectMany(slot => slot.State()).Concat(TaskState()).Append(KeyValuePair.Create("step", tensor(Step))));
    }

    /// <summary>Takes up a state that <see cref="Save"/> wrote.</summary>
    /// <exception cref="LumenException">The file belongs to another model.</exception>
    public void Load(string path)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(path);
        foreach (var slot in _slots) slot.Restore(file);
        foreach (var (name, values) in TaskState())
        {
            RequireEntry(file, name, values.shape);
            Floats(file.Read(name, ScalarType.Float32)).CopyTo(Floats(values));
        }
        _state?.Restored();
        Step = file.Read("step").item<long>();
    }

    /// <summary>SHA-256 over the master weights, moments, averages and the task's own state: equal exactly if training states are.</summary>
    public string Fingerprint()
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        foreach (var slot in _slots)
        {
            foreach (var values in (float[][])[slot.Master, slot.First, slot.Second, slot.Average]) hash.AppendData(MemoryMarshal.AsBytes<float>(values));
        }
        foreach (var (_, values) in TaskState()) hash.AppendData(values.bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private IEnumerable<KeyValuePair<string, Tensor>> TaskState() =>
        _state is null ? [] : _state.State.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => KeyValuePair.Create($"state/{entry.Key}", entry.Value));

    private static void RequireEntry(SafetensorsFile file, string name, long[] shape)
    {
        if (!file.Entries.TryGetValue(name, out var entry) || !entry.Shape.SequenceEqual(shape))
            throw new LumenException($"The checkpoint holds no {name.Replace("/", " of ", StringComparison.Ordinal)} in the shape of this model: it belongs to another recipe.");
    }

    private static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    private sealed class Restore(ParameterStore store) : IDisposable
    {
        public void Dispose()
        {
            if (!store._averaged) return;
            foreach (var slot in store._slots) slot.Publish(slot.Master);
            store._averaged = false;
        }
    }

    private sealed class Slot
    {
        private readonly string _name;
        private readonly Parameter _parameter;

        public Slot(string name, Parameter parameter)
        {
            (_name, _parameter) = (name, parameter);
            using var scope = NewDisposeScope();
            Master = parameter.detach().to_type(ScalarType.Float32).contiguous().data<float>().ToArray();
            Gradient = new float[Master.Length];
            First = new float[Master.Length];
            Second = new float[Master.Length];
            Average = [.. Master];
        }

        public float[] Master { get; }

        public float[] Gradient { get; }

        public float[] First { get; }

        public float[] Second { get; }

        public float[] Average { get; }

        public double SquaredNorm { get; private set; }

        public void FetchGradient()
        {
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            if (_parameter.grad is not { } gradient)
            {
                Array.Clear(Gradient);
                SquaredNorm = 0;
                return;
            }
            Floats(gradient.to_type(ScalarType.Float32).contiguous()).CopyTo(Gradient);
            gradient.zero_();
            SquaredNorm = AdamKernel.SumOfSquares(Gradient);
        }

        public void Publish(float[] values)
        {
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            if (_parameter.dtype == ScalarType.Float32 && _parameter.device_type == DeviceType.CPU && _parameter.is_contiguous()) values.CopyTo(Floats(_parameter));
            else _parameter.copy_(tensor(values, _parameter.shape));
        }

        public IEnumerable<KeyValuePair<string, Tensor>> State()
        {
            yield return KeyValuePair.Create($"weight/{_name}", tensor(Master, _parameter.shape));
            yield return KeyValuePair.Create($"first/{_name}", tensor(First, _parameter.shape));
            yield return KeyValuePair.Create($"second/{_name}", tensor(Second, _parameter.shape));
            yield return KeyValuePair.Create($"average/{_name}", tensor(Average, _parameter.shape));
        }

        public void Restore(SafetensorsFile file)
        {
            foreach (var (kind, values) in new[] { ("weight", Master), ("first", First), ("second", Second), ("average", Average) })
            {
                RequireEntry(file, $"{kind}/{_name}", _parameter.shape);
                using var scope = NewDisposeScope();
                Floats(file.Read($"{kind}/{_name}", ScalarType.Float32)).CopyTo(values);
            }
            Publish(Master);
        }
    }
}
