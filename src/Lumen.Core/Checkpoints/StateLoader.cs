using Lumen.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Lumen.Core.Checkpoints;

/// <summary>Loads a checkpoint into a module exactly, or says everything that does not fit before a weight is touched.</summary>
public static class StateLoader
{
    private const int MaxLines = 40;

    /// <summary>
    /// Copies every tensor of the file into the parameter or buffer of the same name, converting between floating-point types.
    /// </summary>
    /// <param name="module">The module to fill; its own dtypes and devices stay.</param>
    /// <param name="checkpoint">The weights.</param>
    /// <param name="modelName">What messages call the model: <c>UNet2DConditionModel</c>.</param>
    /// <param name="translate">From a name in the file to the name in the model; null for none.</param>
    /// <param name="reshapeAllowed">Asked with the model's name and the file's shape where only the shapes differ,
    /// not the number of elements ([C, C, 1, 1] for [C, C]); null for never.</param>
    /// <param name="ignore">Names (as in the model) that are neither compared nor loaded, such as constant buffers some versions store;
    /// null for none.</param>
    /// <param name="stop">Stops between tensors; the module is then filled in part.</param>
    /// <remarks>A module without memory (META) is compared only.</remarks>
    /// <exception cref="LumenException">Names, shapes or types differ; one message lists all missing, unexpected and mis-shaped tensors.
    /// The module is unchanged.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public static void Load(
        nn.Module module,
        Checkpoint checkpoint,
        string modelName,
        Func<string, string>? translate = null,
        Func<string, IReadOnlyList<long>, bool>? reshapeAllowed = null,
        Func<string, bool>? ignore = null,
        CancellationToken stop = default
    ) => Load(module.state_dict(), checkpoint, modelName, translate, reshapeAllowed, ignore, stop);

    /// <summary>
    /// The same into tensors by name: parameters under the names of another convention, or parts of parameters that a file stores apart.
    /// </summary>
    /// <param name="targets">The tensors to fill; their dtypes and devices stay.</param>
    /// <param name="checkpoint">The weights.</param>
    /// <param name="modelName">What messages call the model.</param>
    /// <param name="translate">From a name in the file to the name among the targets; null for none.</param>
    /// <param name="reshapeAllowed">Asked where only the shapes differ, not the number of elements; null for never.</param>
    /// <param name="ignore">Names (as among the targets) that are neither compared nor loaded; null for none.</param>
    /// <param name="stop">Stops between tensors; the targets are then filled in part.</param>
    /// <exception cref="LumenException">Names, shapes or types differ; one message lists all. The targets are unchanged.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public static void Load(
        IReadOnlyDictionary<string, Tensor> targets,
        Checkpoint checkpoint,
        string modelName,
        Func<string, string>? translate = null,
        Func<string, IReadOnlyList<long>, bool>? reshapeAllowed = null,
        Func<string, bool>? ignore = null,
        CancellationToken stop = default
    )
    {
        var (model, file, faults) = Compare(targets, checkpoint, translate, reshapeAllowed, ignore);
        if (faults.Count > 0)
            throw Report(checkpoint, modelName, faults);
        if (model.Values.All(tensor => tensor.device_type == DeviceType.META))
            return;
        foreach (var (name, entry) in file.OrderBy(pair => pair.Value.Offset))
        {
            stop.ThrowIfCancellationRequested();
            checkpoint.CopyTo(entry, model[name]);
        }
    }

    /// <summary>
    /// Makes a module and loads it. It is made without memory first and only compared: what a configuration claims is allocated where the
    /// file holds it, not before.
    /// </summary>
    /// <param name="make">Makes the module at a placement.</param>
    /// <param name="placement">Where it is to live.</param>
    /// <param name="load">Calls one of the other methods.</param>
    /// <exception cref="LumenException">The checkpoint does not fit.</exception>
    public static T Build<T>(Func<Placement, T> make, Placement placement, Action<T> load)
        where T : nn.Module
    {
        using (NewDisposeScope())
        {
            using var plan = make(placement with { Device = META });
            load(plan);
        }
        var module = make(placement);
        try
        {
            load(module);
            return module;
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Everything that loading would refuse, a line each; empty where checkpoint and module fit. No weight is read, so the module may be
    /// without memory (META).
    /// </summary>
    public static IReadOnlyList<string> Faults(
        nn.Module module,
        Checkpoint checkpoint,
        Func<string, string>? translate = null,
        Func<string, IReadOnlyList<long>, bool>? reshapeAllowed = null,
        Func<string, bool>? ignore = null
    ) => Compare(module.state_dict(), checkpoint, translate, reshapeAllowed, ignore).Faults;

    private static (Dictionary<string, Tensor> Model, Dictionary<string, TensorEntry> File, List<string> Faults) Compare(
        IReadOnlyDictionary<string, Tensor> targets,
        Checkpoint checkpoint,
        Func<string, string>? translate,
        Func<string, IReadOnlyList<long>, bool>? reshapeAllowed,
        Func<string, bool>? ignore
    )
    {
        var model = targets.Where(pair => ignore?.Invoke(pair.Key) != true).ToDictionary(StringComparer.Ordinal);
        var faults = new List<string>();
        var file = Translate(checkpoint, translate, ignore, faults);
        foreach (var (name, tensor) in model.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!file.ContainsKey(name))
                faults.Add($"missing     {name} {Shape.Text(tensor.shape)}");
        }
        foreach (var (name, entry) in file.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!model.TryGetValue(name, out var tensor))
                faults.Add($"unexpected  {Named(name, entry)} {Shape.Text(entry.Shape)}");
            else if (Misfit(name, entry, tensor, reshapeAllowed) is { } misfit)
                faults.Add(misfit);
        }
        return (model, file, faults);
    }

    private static Dictionary<string, TensorEntry> Translate(
        Checkpoint checkpoint,
        Func<string, string>? translate,
        Func<string, bool>? ignore,
        List<string> faults
    )
    {
        var file = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (var entry in checkpoint.Entries.Values.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            var name = translate?.Invoke(entry.Name) ?? entry.Name;
            if (ignore?.Invoke(name) == true)
                continue;
            if (!file.TryAdd(name, entry))
                faults.Add($"twice       {name}: file has {file[name].Name} and {entry.Name}");
        }
        return file;
    }

    private static string? Misfit(string name, TensorEntry entry, Tensor tensor, Func<string, IReadOnlyList<long>, bool>? reshapeAllowed)
    {
        if (!entry.Shape.SequenceEqual(tensor.shape))
        {
            var sameCount = entry.Length == tensor.numel() * entry.ElementBytes;
            if (!sameCount || reshapeAllowed?.Invoke(name, entry.Shape) != true)
                return $"shape       {Named(name, entry)}: model {Shape.Text(tensor.shape)}, file {Shape.Text(entry.Shape)}";
        }
        var convertible =
            tensor.dtype == entry.DType || SafetensorsTypes.IsFloating(tensor.dtype) == SafetensorsTypes.IsFloating(entry.DType);
        return convertible ? null : $"type        {Named(name, entry)}: model {SafetensorsTypes.Name(tensor.dtype)}, file {entry.TypeName}";
    }

    private static string Named(string name, TensorEntry entry) =>
        name == entry.StoredName ? name : $"{name} (in the file {entry.StoredName})";

    private static LumenException Report(Checkpoint checkpoint, string modelName, List<string> faults)
    {
        var lines = faults.Take(MaxLines).Select(fault => $"  {fault}").ToList();
        if (faults.Count > MaxLines)
            lines.Add($"  and {faults.Count - MaxLines} more, {faults.Count} in all");
        return new LumenException(
            LumenErrorKind.Model,
            $"{checkpoint.Description} does not fit {modelName}:{Environment.NewLine}{string.Join(Environment.NewLine, lines)}"
        );
    }
}
