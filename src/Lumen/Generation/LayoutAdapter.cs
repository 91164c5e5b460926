using System.Text.Json;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Files;
using Lumen.Hub;
using Lumen.Layouts;
using Lumen.Models.Control;
using Lumen.Models.Vision;
using Lumen.Pretrained;
using TorchSharp;

namespace Lumen.Generation;

/// <summary>
/// A trained LUMEN adapter: a diffusers ControlNet folder with the layout basis it was trained on (<c>lumen/</c>) beside it.
/// </summary>
public sealed class LayoutAdapter : IDisposable
{
    private readonly string _folder;
    private readonly Lazy<string> _hash; // a file is read once for it

    private LayoutAdapter(string folder, ControlNetModel control, LayoutBasis basis, IFeatureExtractor features) =>
        (_folder, _hash, Control, Basis, Features) = (folder, new(() => DiffusionModel.HashOf([folder])), control, basis, features);

    /// <summary>The folder's own name, for messages and metadata.</summary>
    public string Name => HubCache.NameOf(_folder) ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(_folder)));

    /// <summary>SHA-256 over the adapter's weights.</summary>
    public string WeightsHash => _hash.Value;

    /// <summary>The adapter network.</summary>
    public ControlNetModel Control { get; }

    /// <summary>The basis its layouts are made with.</summary>
    public LayoutBasis Basis { get; }

    /// <summary>The backbone that the basis belongs to.</summary>
    public IFeatureExtractor Features { get; }

    /// <summary>Opens an adapter folder for a model.</summary>
    /// <param name="folder">The adapter.</param>
    /// <param name="model">The base it was trained on.</param>
    /// <param name="backbone">The network its layouts are read with; null where that is the base itself. It stays the
    /// caller's.</param>
    /// <param name="stop">Stops between tensors.</param>
    /// <exception cref="LumenException">A part is missing, or the adapter was trained on another base model or backbone.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public static LayoutAdapter Load(string folder, DiffusionModel model, Backbone? backbone = null, CancellationToken stop = default)
    {
        if (File.Exists(folder))
        {
            using var file = ControlNetSource.Open(folder);
            throw new LumenException(
                LumenErrorKind.Model,
                $"{folder} is a ControlNet of {file.Config.ConditioningChannels} condition channels but not a LUMEN adapter: a "
                    + "single file has no lumen/layout.json with the basis of its layouts. Give `Adapter` the adapter's folder, or if "
                    + "it is steered by pictures of edges, depth or the like, give one with `ConditionImage`."
            );
        }
        if (!Directory.Exists(folder))
            throw new LumenException(
                LumenErrorKind.File,
                $"There is no adapter folder at {folder}. Give `Adapter` a LUMEN adapter: a diffusers ControlNet folder with a "
                    + "lumen folder inside."
            );
        PartFolder.RequireControlNet(folder);
        if (!File.Exists(Path.Combine(folder, "config.json")))
            throw new LumenException(
                LumenErrorKind.File,
                $"There is no adapter at {folder}: config.json is missing. Expected a diffusers ControlNet folder with a lumen "
                    + "folder inside."
            );
        if (!File.Exists(Path.Combine(folder, "lumen", "layout.json")))
            throw new LumenException(
                LumenErrorKind.Model,
                $"{folder} is a ControlNet but not a LUMEN adapter: it has no lumen/layout.json with the basis of its layouts. If "
                    + "it is steered by pictures of edges, depth or the like, give one with `ConditionImage`."
            );
        RequireBase(folder, model, stop);
        var basis = LayoutBasis.Load(folder);
        using var source = ControlNetSource.Open(folder);
        if (source.Config.ConditioningChannels != basis.Components)
            throw new LumenException(
                LumenErrorKind.Model,
                $"{folder}: the adapter reads {source.Config.ConditioningChannels} condition channels, but its basis has "
                    + $"{basis.Components} components. The files come from different runs."
            );
        ControlNetFit.Require(folder, source.Config, model);
        return new LayoutAdapter(folder, source.Load(model.Placement, stop), basis, FeaturesOf(model, basis.Source, backbone));
    }

    /// <summary>The extractor that gives what <paramref name="source"/> says: the model's own, or a vision transformer's.</summary>
    /// <exception cref="LumenException">The source names another backbone; the message names the difference.</exception>
    public static IFeatureExtractor FeaturesOf(DiffusionModel model, FeatureSource source, Backbone? backbone) =>
        source.IsDiffusion && backbone is null ? FeaturesOf(model, source) : VisionBackboneFile.FeaturesOf(backbone, source);

    /// <summary>The Stable Diffusion extractor of <paramref name="model"/> that gives what <paramref name="source"/> says.</summary>
    /// <exception cref="LumenException">The source names another backbone; the message names the difference.</exception>
    public static StableDiffusionFeatures FeaturesOf(DiffusionModel model, FeatureSource source)
    {
        var own = source with
        {
            Backbone = FeatureSource.StableDiffusion,
            WeightsHash = model.WeightsHash,
            Channels = StableDiffusionFeatures.ChannelsOf(model.UNet.Config, source.Layer, source.Facet).Sum(),
        };
        if (own.DifferenceTo(source) is { } difference)
            throw new LumenException(
                LumenErrorKind.Model,
                $"The layout basis belongs to another backbone than the model {model.Name}: {difference}. Use the model it was "
                    + "fitted on, or fit a basis for this one with \"lumen layout fit\"."
            );
        return new StableDiffusionFeatures(model.UNet, model.Vae, model.Schedule, model.Embed([""]).DetachFromDisposeScope(), source);
    }

    /// <summary>Notes in the adapter's folder which base it was trained on.</summary>
    public static void WriteBase(string folder, DiffusionModel model) =>
        AtomicFile.Write(
            Path.Combine(folder, "lumen", "adapter.json"),
            stream =>
                JsonSerializer.Serialize(
                    stream,
                    new Dictionary<string, string> { ["base_model"] = model.Name, ["base_weights_sha256"] = model.WeightsHash },
                    new JsonSerializerOptions { WriteIndented = true }
                )
        );

    /// <summary>The condition of a layout: upsampled to picture size, as in training.</summary>
    /// <param name="layouts">[B, N, h, w].</param>
    /// <param name="height">Picture height.</param>
    /// <param name="width">Picture width.</param>
    /// <returns>[B, N, H, W] float32.</returns>
    public static torch.Tensor Condition(torch.Tensor layouts, long height, long width) => Bilinear.Resize(layouts, height, width);

    public void Dispose()
    {
        Control.Dispose();
        Basis.Dispose();
    }

    internal static void RequireBase(string folder, DiffusionModel model, CancellationToken stop)
    {
        var path = Path.Combine(folder, "lumen", "adapter.json");
        if (!File.Exists(path))
            return;
        var (name, hash) = ConfigJson.Read(path, reader => (reader.Text("base_model", "?"), reader.Text("base_weights_sha256", "")));
        if (hash != model.Hash(stop))
            throw new LumenException(
                LumenErrorKind.Model,
                $"The adapter {folder} was trained on {name} (weights {Short(hash)}), not on {model.Name} (weights "
                    + $"{Short(model.WeightsHash)}). Give `Model` the base it belongs to."
            );
    }

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;
}
