using Lumen.Core.Checkpoints;
using Lumen.Models.Denoising;

namespace Lumen.Models.Control;

public sealed partial record ControlNetConfig
{
    /// <summary>Reads the published <c>config.json</c>; absent entries have upstream's defaults.</summary>
    /// <exception cref="LumenException">Entries that are unknown, of the wrong kind or not supported: all are named in one
    /// message.</exception>
    public static ControlNetConfig Parse(string json) =>
        ConfigJson.Parse(
            json,
            "The configuration of ControlNetModel",
            fields =>
            {
                UNetConfig.RequireClass(fields, nameof(ControlNetModel));
                var config = new ControlNetConfig(UNetConfig.MapEncoder(fields))
                {
                    ConditioningChannels = fields.Int("conditioning_channels", 3, most: 1 << 14),
                    ConditioningEmbeddingOutChannels =
                    [
                        .. fields.Ints("conditioning_embedding_out_channels", [16, 32, 96, 256], most: 1 << 14),
                    ],
                    ReversesChannels = fields.Choice("controlnet_conditioning_channel_order", "rgb", "rgb", "bgr") == "bgr",
                };
                fields.Require(
                    config.ConditioningEmbeddingOutChannels.Count <= 8,
                    "conditioning_embedding_out_channels must have at most 8 entries but has "
                        + $"{config.ConditioningEmbeddingOutChannels.Count}."
                );
                fields.Unsupported("global_pool_conditions", "false");
                fields.RefuseOthers("addition_embed_type_num_heads", "projection_class_embeddings_input_dim");
                return config;
            }
        );

    /// <summary>The <c>config.json</c> that diffusers opens.</summary>
    public string ToJson()
    {
        var json = Encoder.EncoderJson(nameof(ControlNetModel));
        json["conditioning_channels"] = ConditioningChannels;
        json["conditioning_embedding_out_channels"] = UNetConfig.Array(ConditioningEmbeddingOutChannels);
        json["controlnet_conditioning_channel_order"] = ReversesChannels ? "bgr" : "rgb";
        return UNetConfig.Text(json);
    }
}
