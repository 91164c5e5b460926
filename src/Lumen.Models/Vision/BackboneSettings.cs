using Lumen.Core;
using Lumen.Core.Checkpoints;

namespace Lumen.Models.Vision;

/// <summary>What a published <c>config.json</c> of a vision transformer says, under the keys of transformers, DINOv2 or OpenAI. Null where it says nothing.</summary>
internal sealed record BackboneSettings
{
    private static readonly IReadOnlyDictionary<string, VisionFeedForward> Activations = new Dictionary<string, VisionFeedForward>(StringComparer.Ordinal)
    {
        ["gelu"] = VisionFeedForward.Gelu,
        ["quick_gelu"] = VisionFeedForward.QuickGelu,
    };

    public int? Width { get; init; }
    public int? Depth { get; init; }
    public int? Heads { get; init; }
    public int? Patch { get; init; }
    public VisionFeedForward? FeedForward { get; init; }
    public double? Epsilon { get; init; }
    public double? PositionOffset { get; init; }
    public bool? PositionAntialias { get; init; }

    /// <exception cref="LumenException">The text is not JSON, or a value cannot be used; all faults are named together.</exception>
    public static BackboneSettings Parse(string json) => ConfigJson.Parse(json, "config.json", reader => reader.Object("vision_config", From) ?? From(reader));

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
            // The hub's DINO configurations say 1e-12, transformers' default; the networks were trained, and the reference was computed, with the original's.
            Epsilon = epsilon > 1e-9 ? epsilon : null,
            PositionOffset = offset,
            PositionAntialias = reader.Has("interpolate_antialias") ? reader.Flag("interpolate_antialias", false) : null,
        };

        int? First(params ReadOnlySpan<string> keys)
        {
            foreach (var key in keys)
            {
                if (reader.OptionalInt(key) is { } value) return value;
            }
            return null;
        }
    }
}
