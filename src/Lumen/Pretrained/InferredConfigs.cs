using Lumen.Models.Autoencoding;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Text;

namespace Lumen.Pretrained;

/// <summary>
/// Configurations read off the shapes of weights under the models' own names. Shapes do not show the number of heads and of norm groups:
/// these are Stable Diffusion's, and sizes that they do not divide are refused.
/// </summary>
internal static class InferredConfigs
{
    private const int Groups = 32;
    private const int TextHeadWidth = 64;

    public static UNetConfig UNet(WeightShapes weights, string description)
    {
        var encoder = Encoder(weights, description);
        return encoder with
        {
            OutChannels = weights.Size("conv_out.weight", 0),
            UpAttention =
            [
                .. Enumerable.Range(0, encoder.BlockOutChannels.Count).Select(level => weights.Holds($"up_blocks.{level}.attentions")),
            ],
        };
    }

    public static ControlNetConfig ControlNet(WeightShapes weights, string description)
    {
        // Each stage is a convolution from its width to itself and a strided one to the next width.
        var stages = weights.Count("controlnet_cond_embedding.blocks") / 2;
        var widths = Enumerable.Range(0, stages).Select(stage => weights.Square($"controlnet_cond_embedding.blocks.{2 * stage}.weight"));
        return new ControlNetConfig(Encoder(weights, description))
        {
            ConditioningChannels = weights.Size("controlnet_cond_embedding.conv_in.weight", 1),
            ConditioningEmbeddingOutChannels = [.. widths, weights.Size("controlnet_cond_embedding.conv_out.weight", 1)],
        };
    }

    public static AutoencoderConfig Autoencoder(WeightShapes weights, string description)
    {
        var levels = weights.Count("encoder.down_blocks");
        var config = new AutoencoderConfig
        {
            InChannels = weights.Size("encoder.conv_in.weight", 1),
            OutChannels = weights.Size("decoder.conv_out.weight", 0),
            BlockOutChannels =
            [
                .. Enumerable.Range(0, levels).Select(level => weights.Square($"encoder.down_blocks.{level}.resnets.0.conv2.weight")),
            ],
            LayersPerBlock = weights.Count("encoder.down_blocks.0.resnets"),
            LatentChannels = weights.Size("post_quant_conv.weight", 0),
        };
        RequireGroups(config.BlockOutChannels, "autoencoder", "vae", description);
        return config;
    }

    /// <param name="weights">Under transformers' names.</param>
    /// <param name="activation">OpenAI's CLIP and OpenCLIP differ in it, and in nothing that shows in the shapes.</param>
    /// <param name="description">What messages call the weights.</param>
    public static ClipTextConfig Text(WeightShapes weights, ClipActivation activation, string description)
    {
        var width = weights.Square("text_model.encoder.layers.0.self_attn.out_proj.weight");
        if (width % TextHeadWidth != 0)
            throw Unknown(
                description,
                $"the text encoder is {width} wide, which does not divide into CLIP's heads of {TextHeadWidth}",
                "text_encoder"
            );
        return new ClipTextConfig(
            VocabularySize: weights.Size("text_model.embeddings.token_embedding.weight", 0),
            HiddenSize: width,
            IntermediateSize: weights.Size("text_model.encoder.layers.0.mlp.fc1.weight", 0),
            Layers: weights.Count("text_model.encoder.layers"),
            Heads: (int)(width / TextHeadWidth),
            MaxPositions: weights.Size("text_model.embeddings.position_embedding.weight", 0),
            Activation: activation,
            ProjectionDim: activation == ClipActivation.QuickGelu ? width : 512
        );
    }

    private static UNetConfig Encoder(WeightShapes weights, string description)
    {
        var levels = weights.Count("down_blocks");
        string[] attended =
        [
            .. Enumerable
                .Range(0, levels)
                .Select(level => $"down_blocks.{level}.attentions.0")
                .Append("mid_block.attentions.0")
                .Where(weights.Holds),
        ];
        if (levels == 0 || attended.Length == 0)
            throw Unknown(description, "its blocks are not those of a Stable Diffusion U-Net", "unet");
        var isLinear = weights.Rank($"{attended[0]}.proj_in.weight") == 2;
        IReadOnlyList<long> widths =
        [
            .. Enumerable.Range(0, levels).Select(level => weights.Square($"down_blocks.{level}.resnets.0.conv2.weight")),
        ];
        RequireGroups(widths, "U-Net", "unet", description);
        return new UNetConfig
        {
            InChannels = weights.Size("conv_in.weight", 1),
            BlockOutChannels = widths,
            LayersPerBlock = weights.Count("down_blocks.0.resnets"),
            DownAttention = [.. Enumerable.Range(0, levels).Select(level => weights.Holds($"down_blocks.{level}.attentions"))],
            UpAttention = [.. Enumerable.Repeat(false, levels)],
            CrossAttentionDim = weights.Size($"{attended[0]}.transformer_blocks.0.attn2.to_k.weight", 1),
            TransformerLayersPerBlock = [.. Enumerable.Range(0, levels).Select(Layers)],
            Heads = [.. widths.Select(Heads)],
            UseLinearProjection = isLinear,
        };

        // The middle has as many as the last level, which may have no attention of its own.
        int Layers(int level) =>
            weights.Count(
                level == levels - 1 ? "mid_block.attentions.0.transformer_blocks" : $"down_blocks.{level}.attentions.0.transformer_blocks"
            )
                is > 0
                    and var count
                ? count
                : 1;

        // SD 1.x has 8 heads everywhere; SD 2.x, recognised by its linear projections, has heads of 64.
        long Heads(long width)
        {
            if (!isLinear)
                return 8;
            return width % 64 == 0
                ? width / 64
                : throw Unknown(description, $"a level of its U-Net is {width} wide, which does not divide into heads of 64", "unet");
        }
    }

    private static void RequireGroups(IReadOnlyList<long> widths, string what, string part, string description)
    {
        if (widths.Count == 0 || widths.Any(width => width % Groups != 0))
            throw Unknown(
                description,
                $"the levels of its {what} are {string.Join(", ", widths)} wide, which does not divide into Stable Diffusion's "
                    + $"{Groups} norm groups",
                part
            );
    }

    private static LumenException Unknown(string description, string reason, string part) =>
        new(
            LumenErrorKind.Model,
            $"{description} does not say all about itself: {reason}. Give `Config` a diffusers folder whose {part}/config.json "
                + "describes it."
        );
}
