using Lumen.Core;
using Lumen.Core.Imaging;
using Lumen.Hub;
using Lumen.Models.Control;
using Lumen.Pretrained;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>An ordinary ControlNet, steered by a picture of edges, depth, poses or the like: as it is published (Zhang et al. 2023).</summary>
public sealed class PictureAdapter : IDisposable
{
    private const int Channels = 3;
    private readonly string _path;

    private PictureAdapter(string path, ControlNetModel control) => (_path, Control) = (path, control);

    /// <summary>Name of the folder or file, for messages and metadata.</summary>
    public string Name => HubCache.NameOf(_path) ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(_path)));

    /// <summary>SHA-256 over the adapter's weights.</summary>
    public string WeightsHash => DiffusionModel.HashOf([_path]);

    /// <summary>The adapter network.</summary>
    public ControlNetModel Control { get; }

    /// <summary>Opens a diffusers folder, or a single file under diffusers' or the original names, for a model.</summary>
    /// <exception cref="LumenException">A part is missing, it reads something else than pictures, or it was made for another kind of model.</exception>
    public static PictureAdapter Load(string path, DiffusionModel model)
    {
        if (!Path.Exists(path)) throw new LumenException($"There is no adapter at {path}. Give --adapter a diffusers ControlNet folder (config.json and diffusion_pytorch_model.safetensors) or a ControlNet's .safetensors file.");
        if (File.Exists(Path.Combine(path, "lumen", "layout.json")))
            throw new LumenException($"{path} is a LUMEN adapter: it reads neural layouts, not pictures of a condition. Give --reference instead of --condition-image, or --adapter an ordinary ControlNet.");
        using var source = ControlNetSource.Open(path);
        if (source.Config.ConditioningChannels != Channels)
            throw new LumenException($"The ControlNet {path} reads a condition of {source.Config.ConditioningChannels} channels (conditioning_channels), but a picture has {Channels}. Give --adapter a ControlNet for pictures.");
        ControlNetFit.Require(path, source.Config, model);
        return new PictureAdapter(path, source.Load(model.Placement));
    }

    /// <summary>The condition of a picture: its RGB values as they are, which ControlNets take in [0, 1].</summary>
    /// <returns>[1, 3, H, W] float32 in [0, 1].</returns>
    public static Tensor Condition(Picture picture)
    {
        using var scope = NewDisposeScope();
        return (PictureTensor.ToTensor(picture) / 2 + 0.5).MoveToOuterDisposeScope();
    }

    public void Dispose() => Control.Dispose();
}
