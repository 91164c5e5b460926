using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Hub;
using Lumen.Imaging;
using Lumen.Models.Control;
using Lumen.Pretrained;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>
/// A ControlNet steered by a picture of edges, depth, poses or the like: an ordinary one as it is published (Zhang et al. 2023), or an
/// adapter that was trained here on a condition other than the layout, which knows how its condition is made.
/// </summary>
public sealed class ControlNetAdapter : IDisposable
{
    private const int Channels = 3;
    private readonly string _path;
    private readonly Lazy<string> _hash; // a file is read once for it

    private ControlNetAdapter(string path, ControlNetModel control, (RasterCondition Producer, bool NeedsPictureOnly)? condition)
    {
        (_path, _hash) = (path, new(() => DiffusionModel.HashOf([path])));
        (Control, Producer, NeedsPictureOnly) = (control, condition?.Producer, condition?.NeedsPictureOnly ?? false);
    }

    /// <summary>Name of the folder or file, for messages and metadata.</summary>
    public string Name => HubCache.NameOf(_path) ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(_path)));

    /// <summary>SHA-256 over the adapter's weights.</summary>
    public string WeightsHash => _hash.Value;

    /// <summary>The adapter network.</summary>
    public ControlNetModel Control { get; }

    /// <summary>Makes the condition that the adapter was trained on; null for an ordinary ControlNet.</summary>
    public RasterCondition? Producer { get; }

    /// <summary>Whether it knows how its condition is made, and needs nothing for it but the picture.</summary>
    public bool NeedsPictureOnly { get; }

    /// <summary>
    /// What means "nothing" to it, over which a transparent condition image is composited. An ordinary ControlNet does not say: black, as
    /// for edges, lines, poses, depth and classes, but for one called after normals.
    /// </summary>
    public (byte Red, byte Green, byte Blue) Nothing =>
        Producer?.Nothing ?? (Name.Contains("normal", StringComparison.OrdinalIgnoreCase) ? NormalCondition.Facing : default);

    /// <summary>True if the folder is an adapter that was trained on a condition other than the layout.</summary>
    /// <exception cref="LumenException">Its <c>lumen/condition.json</c> is damaged.</exception>
    public static bool IsTrained(string path) => ConditionSettings.Load(path) is { } settings && settings.Kind != ConditionKind.Layout;

    /// <summary>Opens a diffusers folder, or a single file under diffusers' or the original names, for a model.</summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="model">The base.</param>
    /// <param name="stop">Stops between tensors.</param>
    /// <exception cref="LumenException">A part is missing, it reads something else than pictures, or it was made for another kind of
    /// model.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public static ControlNetAdapter Load(string path, DiffusionModel model, CancellationToken stop = default)
    {
        if (!Path.Exists(path))
            throw new LumenException(
                LumenErrorKind.File,
                $"There is no adapter at {path}. Give `Adapter` a diffusers ControlNet folder (config.json and "
                    + "diffusion_pytorch_model.safetensors) or a ControlNet's .safetensors file."
            );
        if (File.Exists(Path.Combine(path, "lumen", "layout.json")))
            throw new LumenException(
                LumenErrorKind.Model,
                $"{path} is a LUMEN adapter: it reads neural layouts, not pictures of a condition. Give `Reference` instead of "
                    + "`ConditionImage`, or `Adapter` an ordinary ControlNet."
            );
        PartFolder.RequireControlNet(path);
        using var source = ControlNetSource.Open(path);
        var settings = IsTrained(path) ? ConditionSettings.Load(path) : null;
        var producer = settings is null ? null : ProducerOf(path, settings, model.Registry.Conditions);
        if (producer is not null)
            LayoutAdapter.RequireBase(path, model, stop);
        if (producer is not null && source.Config.ConditioningChannels != producer.Channels)
            throw new LumenException(
                LumenErrorKind.Model,
                $"{path}: the adapter reads {source.Config.ConditioningChannels} condition channels, but its lumen/condition.json "
                    + $"gives {producer.Channels}. The files come from different runs."
            );
        if (producer is null && source.Config.ConditioningChannels != Channels)
            throw new LumenException(
                LumenErrorKind.Model,
                $"The ControlNet {path} reads a condition of {source.Config.ConditioningChannels} channels (conditioning_channels), "
                    + $"but a picture has {Channels}. Give `Adapter` a ControlNet for pictures."
            );
        ControlNetFit.Require(path, source.Config, model);
        return new ControlNetAdapter(
            path,
            source.Load(model.Placement, stop),
            producer is null ? null : (producer, model.Registry.Conditions.Find(settings!.Kind).NeedsPictureOnly)
        );
    }

    /// <summary>The condition image of a picture, as the adapter was trained on it; of a label map the ids as grey values.</summary>
    /// <param name="source">The picture, with what is known of it.</param>
    /// <exception cref="LumenException">It is an ordinary ControlNet, or needs something that is not known of this picture.</exception>
    public Picture ImageOf(AnnotatedPicture source) =>
        (
            Producer
            ?? throw new LumenException(
                LumenErrorKind.Model,
                $"{Name} does not say what it is steered by. Draw it with \"lumen condition\" and give it with `ConditionImage`."
            )
        )
            .Read(source)
            .ToPicture();

    /// <summary>The condition that an image holds.</summary>
    /// <param name="image">As <see cref="ImageOf"/> makes it, or any for an ordinary ControlNet.</param>
    /// <returns>[1, K, H, W] float32 in [0, 1].</returns>
    public Tensor ConditionOf(Picture image)
    {
        if (Producer is null)
            return Condition(image);
        using var scope = NewDisposeScope();
        return Producer.Expand(RasterCondition.Bytes(Raster(image, Producer)).unsqueeze(0)).MoveToOuterDisposeScope();
    }

    /// <summary>The condition image as people look at it: classes in colours.</summary>
    public Picture Drawn(Picture image) => Producer is null ? image : Producer.Draw(Raster(image, Producer));

    /// <summary>The condition of a picture: its RGB values as they are, which ControlNets take in [0, 1].</summary>
    /// <returns>[1, 3, H, W] float32 in [0, 1].</returns>
    public static Tensor Condition(Picture picture)
    {
        using var scope = NewDisposeScope();
        return (PictureTensor.ToTensor(picture) / 2 + 0.5).MoveToOuterDisposeScope();
    }

    public void Dispose() => Control.Dispose();

    private static RasterCondition ProducerOf(string path, ConditionSettings settings, ConditionRegistry conditions)
    {
        try
        {
            return settings.ToCondition(conditions);
        }
        catch (LumenException fault)
        {
            throw new LumenException($"{Path.Combine(path, "lumen", "condition.json")} cannot be used: {fault.Message}", fault);
        }
    }

    private static ConditionRaster Raster(Picture image, RasterCondition producer) =>
        new(image.Width, image.Height, producer.Planes, RasterCondition.Planar(image, producer.Planes));
}
