using Lumen.Core.Checkpoints;
using Lumen.Core.Processes;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training;

/// <summary>
/// The optimiser's view of some modules: float32 master weights, both Adam moments and the moving average of every parameter. The modules
/// themselves may compute in bfloat16; after every step they get the rounded master weights.
/// </summary>
public sealed class MasterWeights
{
    private readonly WeightStore _store;
    private readonly IReadOnlyDictionary<string, Module> _modules;
    private readonly OptimizerOptions _options;
    private readonly ITrainingState? _state;
    private int _pending; // gradients that are summed and not applied yet
    private bool _averaged;

    /// <param name="modules">What is trained, by a name that prefixes its parameters in checkpoints; parameters that take no gradient stay
    /// as they are.</param>
    /// <param name="options">The optimiser's settings.</param>
    /// <param name="state">What the task carries along besides; null for nothing.</param>
    public MasterWeights(IReadOnlyDictionary<string, Module> modules, OptimizerOptions options, ITrainingState? state = null)
    {
        (_options, _state) = (options, state);
        _modules = modules;
        _store = WeightStore.Of([.. Parameters(modules).Where(p => p.Parameter.requires_grad)], options);
    }

    /// <summary>Number of trained values.</summary>
    public long Count => _store.Count;

    /// <summary>Bytes of a checkpoint: master weights in float32, both moments, and the average where there is one.</summary>
    public long CheckpointBytes => (long)Math.Ceiling(Count * _options.StateBytes);

    /// <summary>Steps done.</summary>
    public long Step { get; private set; }

    /// <summary>
    /// Adds modules of the same shapes that another thread computes with. They share the weights' memory from here on; their gradients are
    /// their own.
    /// </summary>
    public void AddReplica(IReadOnlyDictionary<string, Module> modules)
    {
        using var frozen = no_grad();
        foreach (var (own, replica) in Parameters(_modules).Zip(Parameters(modules)))
        {
            replica.Parameter.set_(own.Parameter);
            replica.Parameter.requires_grad = own.Parameter.requires_grad;
        }
        _store.AddReplica(Parameters(modules));
        foreach (var (name, module) in _modules)
        {
            foreach (var (own, replica) in module.named_buffers().Zip(modules[name].named_buffers()))
                replica.buffer.set_(own.buffer);
        }
    }

    /// <summary>
    /// Sums the gradients that <c>backward</c> left, in float32 and in the order of the replicas, and frees them. <see cref="Apply"/>
    /// applies their mean.
    /// </summary>
    /// <param name="replicas">How many replicas hold a gradient, the modules themselves counted first.</param>
    public void Accumulate(int replicas = 1)
    {
        _store.Accumulate(replicas, startsAnew: _pending == 0);
        _pending += replicas;
    }

    /// <summary>Adds up the sums of several processes, each of as many gradients.</summary>
    internal void Sum(ICommunicator processes)
    {
        _store.Sum(processes);
        _pending *= processes.Size;
    }

    /// <summary>Forgets the gradients that were accumulated.</summary>
    public void Discard()
    {
        _pending = 0;
        _store.Forget();
    }

    /// <summary>
    /// Makes a step along the mean of the gradients that were accumulated; where none were, along those that <c>backward</c> left, which
    /// takes no memory for a sum.
    /// </summary>
    /// <returns>Norm of the whole gradient before clipping; NaN or infinite if it was, and then nothing is changed.</returns>
    public double Apply(long totalSteps)
    {
        if (_pending == 0)
            _store.Take();
        var share = 1.0 / Math.Max(1, _pending);
        _pending = 0;
        var norm = share * _store.Norm();
        if (!double.IsFinite(norm))
            return norm;
        var scale = _options.MaxGradNorm > 0 && norm > _options.MaxGradNorm ? _options.MaxGradNorm / norm : 1;
        var kernel = new AdamKernel(_options.RateAt(Step, totalSteps), _options, Step, share * scale);
        _store.Update(kernel);
        _state?.Advance(Step);
        Step++;
        return norm;
    }

    /// <summary>
    /// Puts the averaged weights into the modules until the returned value is disposed: for validation, previews and export.
    /// </summary>
    public IDisposable UseAverage()
    {
        if (_averaged)
            throw new InvalidOperationException("The averaged weights are in use already.");
        _store.Publish(averages: true);
        _averaged = true;
        return new Restore(this);
    }

    /// <summary>Everything needed to continue bit for bit, as a safetensors file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="notes">Strings that are kept with it; null for none.</param>
    public void Save(string path, IReadOnlyDictionary<string, string>? notes = null)
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.WriteEach(
            path,
            [
                .. _store.Entries(),
                .. TaskState().Select(state => StoredTensor.Of(state.Key, state.Value)),
                StoredTensor.Of("step", tensor(Step)),
            ],
            notes
        );
    }

    /// <summary>Takes up a state that <see cref="Save"/> wrote.</summary>
    /// <exception cref="LumenException">The file belongs to another model.</exception>
    public void Load(string path)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(path);
        using var frozen = no_grad();
        _store.Restore(file);
        foreach (var (name, values) in TaskState())
        {
            RequireEntry(file, name, values.shape);
            values.copy_(file.Read(name, ScalarType.Float32));
        }
        _state?.Restored();
        Step = file.Read("step").item<long>();
    }

    /// <summary>
    /// SHA-256 over the master weights, moments, averages and the task's own state: equal exactly if training states are.
    /// </summary>
    public string Fingerprint()
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        using var scope = NewDisposeScope();
        _store.AppendTo(hash);
        foreach (var (_, values) in TaskState())
            hash.AppendData(values.cpu().bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private IEnumerable<KeyValuePair<string, Tensor>> TaskState() =>
        _state is null
            ? []
            : _state
                .State.OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => KeyValuePair.Create($"state/{entry.Key}", entry.Value));

    private static IEnumerable<(string Name, Parameter Parameter)> Parameters(IReadOnlyDictionary<string, Module> modules) =>
        modules.SelectMany(module => module.Value.named_parameters().Select(p => ($"{module.Key}.{p.name}", p.parameter)));

    internal static void RequireEntry(SafetensorsFile file, string name, long[] shape)
    {
        if (!file.Entries.TryGetValue(name, out var entry) || !entry.Shape.SequenceEqual(shape))
            throw new LumenException(
                $"The checkpoint holds no {name.Replace("/", " of ", StringComparison.Ordinal)} in the shape of this model: it "
                    + "belongs to another recipe."
            );
    }

    private sealed class Restore(MasterWeights store) : IDisposable
    {
        public void Dispose()
        {
            if (!store._averaged)
                return;
            store._store.Publish(averages: false);
            store._averaged = false;
        }
    }
}
