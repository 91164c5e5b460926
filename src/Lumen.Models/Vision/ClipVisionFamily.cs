namespace Lumen.Models.Vision;

/// <summary>
/// The picture half of CLIP (Radford et al. 2021): ViT-B/32, B/16 and L/14. Source: openai/CLIP <c>clip/model.py</c>. The original knows
/// one picture size only; at others positions are interpolated as transformers does (bicubic, by size).
/// </summary>
internal static class ClipVisionFamily
{
    public static BackboneFamily Family { get; } =
        new(
            "clip",
            [
                new(
                    "original",
                    "visual.conv1.weight",
                    [
                        new("visual.class_embedding", "cls_token", WeightPart.Squeezed),
                        new("visual.positional_embedding", "pos_embed", WeightPart.Squeezed),
                        new("visual.conv1", "patch_embed.proj"),
                        new("visual.ln_pre", "norm_pre"),
                        new("visual.transformer.resblocks.#.ln_1", "blocks.#.norm1"),
                        new("visual.transformer.resblocks.#.attn.in_proj_weight", "blocks.#.attn.qkv.weight"),
                        new("visual.transformer.resblocks.#.attn.in_proj_bias", "blocks.#.attn.qkv.bias"),
                        new("visual.transformer.resblocks.#.attn.out_proj", "blocks.#.attn.proj"),
                        new("visual.transformer.resblocks.#.ln_2", "blocks.#.norm2"),
                        new("visual.transformer.resblocks.#.mlp.c_fc", "blocks.#.mlp.fc1"),
                        new("visual.transformer.resblocks.#.mlp.c_proj", "blocks.#.mlp.fc2"),
                        new("visual.ln_post", "norm"),
                        new("visual.proj", "proj"),
                    ]
                )
                {
                    Own = ["visual."],
                },
                new(
                    "transformers",
                    "vision_model.embeddings.patch_embedding.weight",
                    [
                        new("vision_model.embeddings.class_embedding", "cls_token", WeightPart.Squeezed),
                        new("vision_model.embeddings.position_embedding.weight", "pos_embed", WeightPart.Squeezed),
                        new("vision_model.embeddings.patch_embedding", "patch_embed.proj"),
                        new("vision_model.pre_layrnorm", "norm_pre"),
                        new("vision_model.encoder.layers.#.layer_norm1", "blocks.#.norm1"),
                        new("vision_model.encoder.layers.#.self_attn.q_proj", "blocks.#.attn.qkv", WeightPart.Query),
                        new("vision_model.encoder.layers.#.self_attn.k_proj", "blocks.#.attn.qkv", WeightPart.Key),
                        new("vision_model.encoder.layers.#.self_attn.v_proj", "blocks.#.attn.qkv", WeightPart.Value),
                        new("vision_model.encoder.layers.#.self_attn.out_proj", "blocks.#.attn.proj"),
                        new("vision_model.encoder.layers.#.layer_norm2", "blocks.#.norm2"),
                        new("vision_model.encoder.layers.#.mlp.fc1", "blocks.#.mlp.fc1"),
                        new("vision_model.encoder.layers.#.mlp.fc2", "blocks.#.mlp.fc2"),
                        new("vision_model.post_layernorm", "norm"),
                        new("visual_projection.weight", "proj", WeightPart.Transposed),
                    ]
                )
                {
                    Own = ["vision_model.", "visual_projection."],
                    Ignored = ["vision_model.embeddings.position_ids"],
                },
            ]
        )
        {
            Mean = [0.48145466, 0.4578275, 0.40821073],
            Std = [0.26862954, 0.26130258, 0.27577711],
            Epsilon = 1e-5,
            FeedForward = VisionFeedForward.QuickGelu,
            HasOtherActivations = true, // OpenCLIP's networks have the same names, and mostly GELU
            NormsTokens = false,
            DefaultLayer = -2, // only the class token of the last layer was trained
        };
}
