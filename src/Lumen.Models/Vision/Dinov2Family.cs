namespace Lumen.Models.Vision;

/// <summary>
/// DINOv2 (Oquab et al. 2023) with and without registers (Darcet et al. 2023): ViT-S, B, L and g with patches of 14. Source:
/// facebookresearch/dinov2
/// <c>models/vision_transformer.py</c>; the models with registers interpolate positions in another way than those without.
/// </summary>
internal static class Dinov2Family
{
    public static BackboneFamily Family { get; } =
        new(
            "dinov2",
            [
                new(
                    "original or timm",
                    "blocks.0.ls1.gamma",
                    [
                        // timm's names where they are not the original's.
                        new("reg_token", "register_tokens"),
                        new("blocks.#.mlp.fc1", "blocks.#.mlp.w12"),
                        new("blocks.#.mlp.fc2", "blocks.#.mlp.w3"),
                    ]
                )
                {
                    IsOurs = true,
                },
                new(
                    "transformers",
                    "encoder.layer.0.layer_scale1.lambda1",
                    [
                        new("embeddings.cls_token", "cls_token"),
                        new("embeddings.mask_token", "mask_token"),
                        new("embeddings.register_tokens", "register_tokens"),
                        new("embeddings.position_embeddings", "pos_embed"),
                        new("embeddings.patch_embeddings.projection", "patch_embed.proj"),
                        new("encoder.layer.#.norm1", "blocks.#.norm1"),
                        new("encoder.layer.#.attention.attention.query", "blocks.#.attn.qkv", WeightPart.Query),
                        new("encoder.layer.#.attention.attention.key", "blocks.#.attn.qkv", WeightPart.Key),
                        new("encoder.layer.#.attention.attention.value", "blocks.#.attn.qkv", WeightPart.Value),
                        new("encoder.layer.#.attention.output.dense", "blocks.#.attn.proj"),
                        new("encoder.layer.#.layer_scale1.lambda1", "blocks.#.ls1.gamma"),
                        new("encoder.layer.#.norm2", "blocks.#.norm2"),
                        new("encoder.layer.#.mlp.fc1", "blocks.#.mlp.fc1"),
                        new("encoder.layer.#.mlp.fc2", "blocks.#.mlp.fc2"),
                        new("encoder.layer.#.mlp.weights_in", "blocks.#.mlp.w12"),
                        new("encoder.layer.#.mlp.weights_out", "blocks.#.mlp.w3"),
                        new("encoder.layer.#.layer_scale2.lambda1", "blocks.#.ls2.gamma"),
                        new("layernorm", "norm"),
                    ]
                ),
            ]
        )
        {
            Positions = registers => registers > 0 ? (0, true) : (0.1, false),
        };
}
