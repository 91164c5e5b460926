using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Control;

namespace Lumen.Pretrained;

/// <summary>A ControlNet on disk: a diffusers folder, or a single file under diffusers' or the original names.</summary>
internal sealed class ControlNetSource : IDisposable
{
    private readonly Checkpoint _file;

    private ControlNetSource(Checkpoint file, Checkpoint weights, ControlNetConfig config) =>
        (_file, Weights, Config) = (file, weights, config);

    /// <summary>Its configuration; that of a single file without a <c>config.json</c> beside it is read off the shapes.</summary>
    public ControlNetConfig Config { get; }

    /// <summary>Its weights under diffusers' names.</summary>
    public Checkpoint Weights { get; }

    /// <summary>Opens a folder with <c>config.json</c>, or a <c>.safetensors</c> file.</summary>
    /// <exception cref="LumenException">There is none, it is something else, or its configuration cannot be used.</exception>
    public static ControlNetSource Open(string path)
    {
        var folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var file = Checkpoint.Open(path);
        try
        {
            var identity = WeightKinds.Identify(file);
            var kind = identity.Kind;
            if (kind is not (WeightKind.ControlNet or WeightKind.OriginalControlNet))
                throw new LumenException(LumenErrorKind.Model, $"{path} is not a ControlNet: {identity.Described}.");
            // The config.json beside a file may be another part's.
            var config = Path.Combine(folder, "config.json");
            var given =
                File.Exists(config) && PartFolder.ClassOf(folder) is null or nameof(ControlNetModel)
                    ? ControlNetConfig.Parse(ConfigJson.TextOf(config))
                    : null;
            if (kind == WeightKind.OriginalControlNet)
                return Original(file, given);
            return new ControlNetSource(file, file, given ?? InferredConfigs.ControlNet(new WeightShapes(file), file.Description));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The frozen network.</summary>
    /// <param name="placement">Device and compute type.</param>
    /// <param name="stop">Stops between tensors.</param>
    /// <exception cref="LumenException">Weights and configuration do not fit.</exception>
    public ControlNetModel Load(Placement placement, CancellationToken stop = default)
    {
        var control = StateLoader.Build(
            at => new ControlNetModel(Config, at),
            placement,
            module => StateLoader.Load(module, Weights, nameof(ControlNetModel), stop: stop)
        );
        control.eval();
        foreach (var parameter in control.parameters())
            parameter.requires_grad = false;
        return control;
    }

    public void Dispose() => _file.Dispose();

    private static ControlNetSource Original(Checkpoint file, ControlNetConfig? given)
    {
        var prefix = file.Entries.Keys.Any(name => name.StartsWith(OriginalControlNetNames.Prefix, StringComparison.Ordinal))
            ? OriginalControlNetNames.Prefix
            : "";
        var known =
            given
            ?? OriginalControlNetNames.Skeleton(new WeightShapes(file, prefix).Holds)
            ?? throw new LumenException(
                LumenErrorKind.Model,
                $"{file.Description}: the blocks below {prefix} are not those of a ControlNet for Stable Diffusion 1.x or 2.x."
            );
        var weights = OriginalControlNetNames.Of(known, prefix).View(file, file.Description);
        return new ControlNetSource(file, weights, given ?? InferredConfigs.ControlNet(new WeightShapes(weights), file.Description));
    }
}
