using System.Globalization;
using Lumen.Core.Checkpoints;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>A checkpoint that was looked through: it is whole, and what it says of itself is true.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Record">What its run depends on; null for a checkpoint of a version that did not record it.</param>
/// <param name="Weights">Names of the weights.</param>
internal sealed record TrainingCheckpoint(string Folder, long Step, RunRecord? Record, IReadOnlyCollection<string> Weights)
{
    /// <summary>File of weights, moments, averages and step.</summary>
    public const string State = "training_state.safetensors";

    /// <summary>How folders of checkpoints begin.</summary>
    public const string Prefix = "checkpoint-";

    private const string Weight = "weight/";
    private const string Average = "average/"; // of all weights, or of none
    private static readonly string[] Parts = [Weight, "first/", "second/"];

    /// <summary>The folder's own name.</summary>
    public string Name => System.IO.Path.GetFileName(Folder);

    /// <summary>The file.</summary>
    public string Path => System.IO.Path.Combine(Folder, State);

    /// <summary>Looks a checkpoint through, every number of it.</summary>
    /// <param name="folder">Its folder.</param>
    /// <exception cref="LumenException">It is damaged; the file and what is wrong are named.</exception>
    public static TrainingCheckpoint Open(string folder)
    {
        var path = System.IO.Path.Combine(folder, State);
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(path);
        var step = StepOf(file, path);
        if (System.IO.Path.GetFileName(folder) != $"{Prefix}{step.ToString(CultureInfo.InvariantCulture)}")
            throw Damaged(
                path,
                $"it was made at step {step}, which is not the step that the folder's name says. Copies of checkpoints keep the "
                    + $"name {Prefix}STEP"
            );
        string[] weights =
        [
            .. file.Entries.Keys.Where(name => name.StartsWith(Weight, StringComparison.Ordinal)).Select(name => name[Weight.Length..]),
        ];
        if (weights.Length == 0)
            throw Damaged(path, "it holds no weights");
        string[] parts = file.Entries.Keys.Any(name => name.StartsWith(Average, StringComparison.Ordinal)) ? [.. Parts, Average] : Parts;
        foreach (var name in weights)
            RequireParts(file, path, name, parts);
        foreach (var entry in file.Entries.Values)
            RequireNumbers(file, path, entry);
        return new TrainingCheckpoint(
            folder,
            step,
            file.Metadata.TryGetValue(RunRecord.Key, out var json) ? RunRecord.Parse(json, $"{path}, {RunRecord.Key}") : null,
            weights
        );
    }

    /// <summary>
    /// Refuses a checkpoint with weights that a task does not have; that it has all of the task's is seen when they are read.
    /// </summary>
    /// <exception cref="LumenException">It belongs to another model.</exception>
    public void RequireModel(ITrainingTask task)
    {
        var own = task
            .Trained.SelectMany(module => module.Value.named_parameters().Select(p => $"{module.Key}.{p.name}"))
            .ToHashSet(StringComparer.Ordinal);
        var foreign = Weights.Where(name => !own.Contains(name)).Order(StringComparer.Ordinal).ToList();
        if (foreign.Count > 0)
            throw new LumenException(
                $"{Path} holds {foreign.Count} weights that this model does not have, the first is {foreign[0]}: it belongs to "
                    + "another recipe. Give the recipe that it was made with."
            );
    }

    private static long StepOf(SafetensorsFile file, string path)
    {
        if (!file.Entries.TryGetValue("step", out var entry))
            throw Damaged(path, "it does not say its step");
        if (entry.DType is not (ScalarType.Int64 or ScalarType.Int32) || entry.Shape.Count > 0)
            throw Damaged(
                path,
                $"its step must be one whole number (I64, no shape) but is {entry.TypeName} of the shape [{string.Join(", ", entry.Shape)}]"
            );
        var step = file.Read("step", ScalarType.Int64).item<long>();
        return step >= 0 ? step : throw Damaged(path, $"its step must be 0 or more but is {step}");
    }

    private static void RequireParts(SafetensorsFile file, string path, string name, string[] parts)
    {
        var shape = file.Entries[Weight + name].Shape;
        foreach (var part in parts)
        {
            if (!file.Entries.TryGetValue(part + name, out var entry))
                throw Damaged(path, $"it has no {part}{name}");
            if (!entry.Shape.SequenceEqual(shape))
                throw Damaged(
                    path,
                    $"{part}{name} has the shape [{string.Join(", ", entry.Shape)}], but the weight is [{string.Join(", ", shape)}]"
                );
        }
    }

    private static void RequireNumbers(SafetensorsFile file, string path, TensorEntry entry)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        if (entry.Name == "step")
            return;
        if (entry.DType == ScalarType.Byte && entry.Name.Split('/', 2) is ["first" or "second", var parameter])
        {
            RequireScales(file, path, entry, $"{Moments.ScalesOf(entry.Name[..^(parameter.Length + 1)])}/{parameter}");
            return;
        }
        var values = file.Read(entry.Name);
        if (!values.is_floating_point())
            throw Damaged(path, $"{entry.Name} must hold floating numbers but holds {entry.TypeName}");
        if (values.numel() == 0)
            return;
        if (!values.isfinite().all().item<bool>())
            throw Damaged(path, $"{entry.Name} holds NaN or infinite numbers");
        if (entry.Name.Split('/')[0] is "second" or "second_scale" && values.min().to_type(ScalarType.Float32).item<float>() < 0)
            throw Damaged(path, $"{entry.Name} holds negative numbers, but is a mean of squares");
    }

    // Any byte is a code.
    private static void RequireScales(SafetensorsFile file, string path, TensorEntry entry, string scales)
    {
        var blocks = DynamicCode.Blocks(entry.Length);
        if (!file.Entries.TryGetValue(scales, out var known) || !known.Shape.SequenceEqual([blocks]))
            throw Damaged(path, $"{entry.Name} holds codes of eight bits, but there is no {scales} with {blocks} scales");
    }

    private static LumenException Damaged(string path, string fault) => new($"{path} is damaged: {fault}.");
}
