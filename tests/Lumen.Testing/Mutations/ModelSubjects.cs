using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Pretrained;
using static TorchSharp.torch;

namespace Lumen.Testing.Mutations;

/// <summary>Every text file of a model folder and its adapter, and the index of weights in several files.</summary>
internal static class ModelSubjects
{
    public static IEnumerable<MutationSubject> In(string folder)
    {
        var model = TinyModels.Write(Path.Combine(folder, "tiny"));
        var (adapter, sound) = (
            Path.Combine(model, "controlnet"),
            new Lazy<DiffusionModel>(() => DiffusionModel.Load(model, Placement.Reference))
        );
        foreach (
            var path in Directory
                .EnumerateFiles(model, "*", SearchOption.AllDirectories)
                .Where(path => path.EndsWith(".json", StringComparison.Ordinal) || path.EndsWith(".txt", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        )
        {
            var read = path.StartsWith(adapter, StringComparison.Ordinal)
                ? (Action)(() => OpenAdapter(adapter, sound.Value))
                : () => Open(model);
            yield return new MutationSubject($"model: {Path.GetRelativePath(model, path)}", path, read) { Megabytes = 128 };
        }

        var sharded = Path.Combine(folder, "sharded");
        using (NewDisposeScope())
            SafetensorsWriter.Write(
                Path.Combine(sharded, "model-1.safetensors"),
                new Dictionary<string, Tensor> { ["a.weight"] = zeros(3, 5), ["a.bias"] = zeros(5) },
                new Dictionary<string, string>()
            );
        var index = MutationSubjects.Text(
            sharded,
            "model.safetensors.index.json",
            """{"metadata": {"total_size": 80}, "weight_map": {"a.weight": "model-1.safetensors", "a.bias": "model-1.safetensors"}}"""
        );
        yield return new MutationSubject("weights: index.json", index, () => Checkpoint.Open(index).Dispose());
    }

    private static void Open(string model) =>
        MutationSubjects.Each(() => ModelInspector.Inspect(model), () => DiffusionModel.Load(model, Placement.Reference).Dispose());

    private static void OpenAdapter(string adapter, DiffusionModel model) =>
        MutationSubjects.Each(() => ModelInspector.Inspect(adapter), () => LayoutAdapter.Load(adapter, model).Dispose());
}
