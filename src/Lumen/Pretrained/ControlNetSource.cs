using Lumen.Core;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Control;

namespace Lumen.Pretrained;

/// <summary>A ControlNet on disk: a diffusers folder, or a single file under diffusers' or the original names.</summary>
public sealed class ControlNetSource : IDisposable
{
    private readonly Checkpoint _file;

    private ControlNetSource(Checkpoint file, Checkpoint weights, ControlNetConfig config) => (_file, Weights, Config) = (file, weights, config);

    /// <summary>Its configuration; that of a single file without a <c>config.json</c> beside it is read off the shapes.</summary>
    public ControlNetConfig Config { get; }

    /// <summary>Its weights under diffusers' names.</summary>
    public Checkpoint Weights { get; }

    /// <summary>Opens a folder with <c>config.json</c>, or a <c>.safetensors</c> file.</summary>
    /// <exception cref="LumenException">There is none, it is something else, or its configuration cannot be used.</exception>
    public static ControlNetSource Open(string path)
    {
        var description = Path.Combine(Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!, "config.json");
        var file = Checkpoint.Open(path);
        try
        {
            var kind = WeightKinds.Of(file);
            if (kind == WeightKind.OriginalControlNet) return Original(file);
            if (kind != WeightKind.ControlNet) throw new LumenException($"{path} is not a ControlNet: {WeightKinds.Describe(kind)}.");
            var config = File.Exists(description) && PartFolder.ClassOf(Path.GetDirectoryName(description)!) is null or nameof(ControlNetModel)   // another part's may lie beside a file
                ? ControlNetConfig.Parse(File.ReadAllText(description))
                : InferredConfigs.ControlNet(new WeightShapes(file), file.Description);
            return new ControlNetSource(file, file, config);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The frozen network.</summary>
    /// <exception cref="LumenException">Weights and configuration do not fit.</exception>
    public ControlNetModel Load(Placement placement)
    {
        var control = new ControlNetModel(Config, placement);
        StateLoader.Load(control, Weights, nameof(ControlNetModel));
        control.eval();
        foreach (var parameter in control.parameters()) parameter.requires_grad = false;
        return control;
    }

    public void Dispose() => _file.Dispose();

    private static ControlNetSource Original(Checkpoint file)
    {
        var prefix = file.Entries.Keys.Any(name => name.StartsWith(OriginalControlNetNames.Prefix, StringComparison.Ordinal)) ? OriginalControlNetNames.Prefix : "";
        var skeleton = OriginalControlNetNames.Skeleton(new WeightShapes(file, prefix).Holds) ?? throw new LumenException(
            $"{file.Description}: the blocks below {prefix} are not those of a ControlNet for Stable Diffusion 1.x or 2.x.");
        var weights = OriginalControlNetNames.Of(skeleton, prefix).View(file, file.Description);
        return new ControlNetSource(file, weights, InferredConfigs.ControlNet(new WeightShapes(weights), file.Description));
    }
}
