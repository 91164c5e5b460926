using Lumen.Core.Checkpoints;

namespace Lumen.Models.Vision;

/// <summary>
/// What the published configuration of a vision transformer says: a <c>config.json</c> under the keys of transformers, DINOv2 or OpenAI, or
/// OpenCLIP's <c>open_clip_config.json</c>. Null where it says nothing.
/// </summary>
internal sealed record BackboneSettings
{
    private static readonly IReadOnlyDictionary<string, VisionFeedForward> Activations = new Dictionary<string, VisionFeedForward>(
        StringComparer.Ordinal
    )
    {
        ["gelu"] = VisionFeedForward.Gelu,
        ["quick_gelu"] = VisionFeedForward.QuickGelu,
        ["gelu_pytorch_tanh"] = VisionFeedForward.GeluTanh,
    };

    public int? Width { get; init; }
    public int? Depth { get; init; }
    public int? Heads { get; init; }
    public int? Patch { get; init; }
    public VisionFeedForward? FeedForward { get; init; }
    public double? Epsilon { get; init; }
    public double? PositionOffset { get; init; }
    public bool? PositionAntialias { get; init; }
    public IReadOnlyList<double>? Mean { get; init; }
    public IReadOnlyList<double>? Std { get; init; }

    /// <summary>Whether it is a file of OpenCLIP's, in which an activation that is not named is GELU.</summary>
    public bool IsOpenClip { get; init; }

    /// <exception cref="LumenException">The text is not JSON, or a value cannot be used; all faults are named together.</exception>
    public static BackboneSettings Parse(string json) =>
        ConfigJson.Parse(
            json,
            "The configuration beside the weights (config.json or open_clip_config.json)",
            reader => reader.Has("model_cfg") ? FromOpenClip(reader) : reader.Object("vision_config", From) ?? From(reader)
        );

    // Source: open_clip factory.py and model.py (CLIPVisionCfg).
    private static BackboneSettings FromOpenClip(ConfigReader reader)
    {
        var settings = reader.Object(
            "model_cfg",
            model =>
            {
                var quick = model.Flag("quick_gelu", false);
                var vision = model.Object("vision_cfg", FromOpenClipVision) ?? new BackboneSettings();
                return vision with { FeedForward = quick ? VisionFeedForward.QuickGelu : VisionFeedForward.Gelu, IsOpenClip = true };
            }
        )!;
        var (mean, std) =
            reader.Object<Tuple<IReadOnlyList<double>, IReadOnlyList<double>>>(
                "preprocess_cfg",
                colours => new(colours.Numbers("mean"), colours.Numbers("std"))
            ) ?? new([], []);
        reader.Require(mean.Count is 0 or 3, "preprocess_cfg.mean must have three entries.");
        reader.Require(std.Count is 0 or 3 && std.All(value => value > 0), "preprocess_cfg.std must have three entries above 0.");
        return settings with { Mean = mean.Count == 3 ? mean : null, Std = std.Count == 3 ? std : null };
    }

    private static BackboneSettings FromOpenClipVision(ConfigReader vision)
    {
        foreach (var flag in new[] { "no_ln_pre", "attentional_pool", "input_patchnorm", "final_ln_after_pool" })
            vision.Unsupported(flag, "false");
        vision.Unsupported("timm_model_name");
        var (width, head) = (vision.OptionalInt("width"), vision.Int("head_width", 64));
        vision.Require(width is null || width % head == 0, $"head_width {head} must divide width {width}.");
        return new BackboneSettings
        {
            Width = width,
            Depth = vision.OptionalInt("layers"),
            Patch = vision.OptionalInt("patch_size"),
            Heads = width / head,
        };
    }

    private static BackboneSettings From(ConfigReader reader)
    {
        reader.Unsupported("qkv_bias", "true");
        var epsilon = reader.OptionalNumber("layer_norm_eps");
        reader.Require(epsilon is null or (> 0 and < 1), $"layer_norm_eps must lie between 0 and 1 but is {epsilon}.");
        var offset = reader.OptionalNumber("interpolate_offset");
        reader.Require(offset is null or (>= 0 and < 1), $"interpolate_offset must be 0 or more and below 1 but is {offset}.");
        return new BackboneSettings
        {
            Width = First("hidden_size", "embed_dim", "width"),
            Depth = First("num_hidden_layers", "depth", "layers"),
            Heads = First("num_attention_heads", "num_heads", "heads"),
            Patch = First("patch_size"),
            FeedForward = reader.Has("hidden_act") ? Activations[reader.Choice("hidden_act", "gelu", [.. Activations.Keys])] : null,
            // The hub's DINO configurations say 1e-12, transformers' default; the networks were trained, and the reference was computed,
            // with the original's.
            Epsilon = epsilon > 1e-9 ? epsilon : null,
            PositionOffset = offset,
            PositionAntialias = reader.Has("interpolate_antialias") ? reader.Flag("interpolate_antialias", false) : null,
        };

        int? First(params ReadOnlySpan<string> keys)
        {
            foreach (var key in keys)
            {
                if (reader.OptionalInt(key) is { } value)
                    return value;
            }
            return null;
        }
    }
}
