namespace Lumen.Models.Vision;

/// <summary>
/// DINO (Caron et al. 2021): ViT-S and ViT-B with patches of 8 and 16. Source: facebookresearch/dino <c>vision_transformer.py</c>.
/// </summary>
internal static class DinoFamily
{
    public static BackboneFamily Family { get; } =
        new(
            "dino",
            [
                new("original or timm", "blocks.0.attn.qkv.weight", []) { IsOurs = true },
                new(
                    "transformers",
                    "encoder.layer.0.layernorm_before.weight",
                    [
                        new("embeddings.cls_token", "cls_token"),
                        new("embeddings.position_embeddings", "pos_embed"),
                        new("embeddings.patch_embeddings.projection", "patch_embed.proj"),
                        new("encoder.layer.#.layernorm_before", "blocks.#.norm1"),
                        new("encoder.layer.#.attention.attention.query", "blocks.#.attn.qkv", WeightPart.Query),
                        new("encoder.layer.#.attention.attention.key", "blocks.#.attn.qkv", WeightPart.Key),
                        new("encoder.layer.#.attention.attention.value", "blocks.#.attn.qkv", WeightPart.Value),
                        new("encoder.layer.#.attention.output.dense", "blocks.#.attn.proj"),
                        new("encoder.layer.#.layernorm_after", "blocks.#.norm2"),
                        new("encoder.layer.#.intermediate.dense", "blocks.#.mlp.fc1"),
                        new("encoder.layer.#.output.dense", "blocks.#.mlp.fc2"),
                        new("layernorm", "norm"),
                    ]
                )
                {
                    Ignored = ["pooler."],
                },
            ]
        )
        {
            Positions = _ => (0.1, false),
            DefaultFacet = VisionFacet.Key, // Amir et al. 2021: keys separate parts better than tokens
        };
}
