using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Files;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training.Perception;

/// <summary>
/// A compact U-Net (Ronneberger et al. 2015) with one trunk and several heads: classes, depth, normals, instances as centres and offsets
/// (Cheng et al. 2020, "Panoptic-DeepLab"), headings. It works on quads of pixels - the first convolution sees them as 12 channels, the
/// heads answer for all four - so that no map of the full size is convolved.
/// </summary>
public sealed class PerceptionNetwork : Module
{
    private const string ConfigFile = "config.json",
        WeightsFile = "model.safetensors";
    private const int Quad = 2;

    [StateKey("stem")]
    private readonly Conv2d _stem;

    [StateKey("level1")]
    private readonly ResidualBlock _level1;

    [StateKey("down1")]
    private readonly Conv2d _down1;

    [StateKey("level2")]
    private readonly ResidualBlock _level2;

    [StateKey("down2")]
    private readonly Conv2d _down2;

    [StateKey("context")]
    private readonly ModuleList<ResidualBlock> _context;

    [StateKey("scene")]
    private readonly Linear _scene;

    [StateKey("up2")]
    private readonly Conv2d _up2;

    [StateKey("merge2")]
    private readonly ResidualBlock _merge2;

    [StateKey("up1")]
    private readonly Conv2d _up1;

    [StateKey("merge1")]
    private readonly ResidualBlock _merge1;

    [StateKey("norm_out")]
    private readonly GroupNorm _normOut;

    [StateKey("neck")]
    private readonly Conv2d _neck;

    [StateKey("semantic")]
    private readonly Conv2d? _semantic;

    [StateKey("depth")]
    private readonly Conv2d? _depth;

    [StateKey("normals")]
    private readonly Conv2d? _normals;

    [StateKey("centres")]
    private readonly Conv2d? _centres;

    [StateKey("offsets")]
    private readonly Conv2d? _offsets;

    [StateKey("heading")]
    private readonly Conv2d? _heading;

    /// <param name="config">Widths, classes, heads.</param>
    /// <param name="placement">Device and compute type.</param>
    /// <exception cref="LumenException">No network can be made of this configuration.</exception>
    public PerceptionNetwork(PerceptionConfig config, Placement placement)
        : base(nameof(PerceptionNetwork))
    {
        config.Validate();
        (Config, Placement) = (config, placement);
        var (fine, middle, coarse, groups) = (config.Widths[0], config.Widths[1], config.Widths[2], config.NormNumGroups);
        _stem = ResidualBlock.Conv(3 * Quad * Quad, fine, 3, placement);
        _level1 = new ResidualBlock(fine, groups, 1, placement);
        _down1 = ResidualBlock.Conv(fine, middle, 3, placement, stride: 2);
        _level2 = new ResidualBlock(middle, groups, 1, placement);
        _down2 = ResidualBlock.Conv(middle, coarse, 3, placement, stride: 2);
        _context = new ModuleList<ResidualBlock>([
            .. Enumerable
                .Range(0, config.ContextBlocks)
                .Select(index => new ResidualBlock(coarse, groups, 1 << Math.Min(index, 3), placement)),
        ]);
        _scene = Linear(coarse, coarse, true, placement.Device, placement.Compute);
        _up2 = ResidualBlock.Conv(coarse, middle, 1, placement);
        _merge2 = new ResidualBlock(middle, groups, 1, placement);
        _up1 = ResidualBlock.Conv(middle, fine, 1, placement);
        _merge1 = new ResidualBlock(fine, groups, 1, placement);
        _normOut = ResidualBlock.Norm(groups, fine, placement);
        _neck = ResidualBlock.Conv(fine, 2 * fine, 3, placement);
        _semantic = Head(config.Semantics, config.Classes.Count);
        _depth = Head(config.Depth, 1);
        _normals = Head(config.Normals, 3);
        _centres = Head(config.Instances, 1);
        _offsets = Head(config.Instances, 2);
        _heading = Head(config.Orientation, 2);
        RegisterComponents();
        foreach (var parameter in parameters())
            parameter.DetachFromDisposeScope();

        Conv2d? Head(bool wanted, int channels) => wanted ? ResidualBlock.Conv(2 * fine, channels * Quad * Quad, 1, placement) : null;
    }

    /// <summary>Layers that <see cref="FeatureMaps"/> gives, from the picture to the heads.</summary>
    public static IReadOnlyList<string> LayerNames { get; } = ["level1", "level2", "context", "merge2", "merge1", "neck"];

    /// <summary>What it is made of.</summary>
    public PerceptionConfig Config { get; }

    /// <summary>Device and compute type.</summary>
    public Placement Placement { get; }

    /// <summary>Opens the folder that <see cref="Save"/> wrote.</summary>
    /// <param name="folder">Holds <c>config.json</c> and <c>model.safetensors</c>.</param>
    /// <param name="placement">Device and compute type.</param>
    /// <exception cref="LumenException">Something is missing, or weights and configuration do not fit: every key is named.</exception>
    public static PerceptionNetwork Load(string folder, Placement placement)
    {
        var config = Path.Combine(folder, ConfigFile);
        if (!File.Exists(config))
            throw new LumenException(
                $"{folder} holds no perception network: there is no {ConfigFile} in it. Give the folder that \"lumen train "
                    + "perception\" wrote."
            );
        var parsed = PerceptionConfig.Parse(ConfigJson.TextOf(config));
        using var checkpoint = Checkpoint.Open(folder);
        return StateLoader.Build(
            at => new PerceptionNetwork(parsed, at),
            placement,
            network => StateLoader.Load(network, checkpoint, nameof(PerceptionNetwork))
        );
    }

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>, the weights in the type they have.</summary>
    /// <param name="folder">Made if absent.</param>
    /// <exception cref="LumenException">The folder cannot be written.</exception>
    public void Save(string folder)
    {
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), state_dict());
        AtomicFile.Write(Path.Combine(folder, ConfigFile), System.Text.Encoding.UTF8.GetBytes(Config.ToJson()));
    }

    /// <summary>What every head says.</summary>
    /// <param name="images">[B, 3, H, W] in [-1, 1], H and W divisible by 8.</param>
    /// <returns>Maps of the pictures' size, float32.</returns>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public PerceptionMaps Predict(Tensor images)
    {
        using var scope = NewDisposeScope();
        Conv2d[] heads = [.. new[] { _semantic, _depth, _normals, _centres, _offsets, _heading }.OfType<Conv2d>()];
        // One convolution for all heads: their input is read once.
        var (weight, bias) = (cat([.. heads.Select(head => head.weight!)], 0), cat([.. heads.Select(head => head.bias!)], 0));
        var quads = functional.conv2d(Layers(Checked(images)).Last().Map, weight, bias); // [B, 4·channels, H/2, W/2]
        var maps = functional.pixel_shuffle(quads.to_type(ScalarType.Float32), Quad).contiguous(); // [B, channels, H, W]
        var next = 0L;
        return new PerceptionMaps
        {
            Semantic = Next(_semantic)?.MoveToOuterDisposeScope(),
            LogDepth = Next(_depth)?.MoveToOuterDisposeScope(),
            Normals = Next(_normals) is { } normals ? functional.normalize(normals, 2, 1, 1e-6).MoveToOuterDisposeScope() : null,
            Centres = Next(_centres)?.MoveToOuterDisposeScope(),
            Offsets = Next(_offsets)?.MoveToOuterDisposeScope(),
            Heading = Next(_heading)?.MoveToOuterDisposeScope(),
        };

        Tensor? Next(Conv2d? head)
        {
            if (head is null)
                return null;
            var channels = head.weight!.shape[0] / (Quad * Quad);
            next += channels;
            return maps.narrow(1, next - channels, channels); // [B, c, H, W]
        }
    }

    /// <summary>Activations of some layers; nothing behind the last of them is computed.</summary>
    /// <param name="images">[B, 3, H, W] in [-1, 1], H and W divisible by 8.</param>
    /// <param name="layers">Of <see cref="LayerNames"/>.</param>
    /// <returns>[B, C, h, w] float32 for each layer, in the order asked for.</returns>
    /// <exception cref="LumenException">There is no such layer.</exception>
    public IReadOnlyList<Tensor> FeatureMaps(Tensor images, params IReadOnlyList<string> layers)
    {
        foreach (var layer in layers)
            if (!LayerNames.Contains(layer))
                throw new LumenException($"A perception network has no layer \"{layer}\"; it has {string.Join(", ", LayerNames)}.");
        using var scope = NewDisposeScope();
        var found = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, map) in Layers(Checked(images)))
        {
            if (layers.Contains(name))
                found[name] = map.to_type(ScalarType.Float32).contiguous().MoveToOuterDisposeScope();
            if (layers.All(found.ContainsKey))
                break;
        }
        return [.. layers.Select(layer => found[layer])];
    }

    // No scope in here: the caller's holds everything until it has taken what it wants.
    private IEnumerable<(string Name, Tensor Map)> Layers(Tensor images)
    {
        var quads = functional.pixel_unshuffle(images.to(Placement.Device), Quad).to_type(Placement.Compute); // [B, 12, H/2, W/2]
        var fine = _level1.call(_stem.call(MemoryLayout.ChannelsLast(quads))); // [B, C1, H/2, W/2]
        yield return (LayerNames[0], fine);
        var middle = _level2.call(_down1.call(fine)); // [B, C2, H/4, W/4]
        yield return (LayerNames[1], middle);
        var coarse = _down2.call(middle); // [B, C3, H/8, W/8]
        foreach (var block in _context)
            coarse = block.call(coarse);
        coarse = coarse + _scene.call(coarse.mean([2, 3])).unsqueeze(-1).unsqueeze(-1); // what the whole picture is like
        yield return (LayerNames[2], coarse);
        middle = _merge2.call(middle + Twice(_up2.call(coarse)));
        yield return (LayerNames[3], middle);
        fine = _merge1.call(fine + Twice(_up1.call(middle)));
        yield return (LayerNames[4], fine);
        yield return (LayerNames[5], functional.relu(_neck.call(functional.relu(_normOut.call(fine))))); // [B, 2·C1, H/2, W/2]
    }

    private static Tensor Twice(Tensor x) => functional.interpolate(x, [x.shape[2] * 2, x.shape[3] * 2], mode: InterpolationMode.Nearest);

    private static Tensor Checked(Tensor images)
    {
        Shape.Require(
            images,
            "images",
            $"[B, 3, H, W] with H and W divisible by {PerceptionConfig.Stride}",
            s => s is [> 0, 3, > 0, > 0] && s[2] % PerceptionConfig.Stride == 0 && s[3] % PerceptionConfig.Stride == 0
        );
        return images;
    }
}
