namespace Lumen.Models.Vision;

/// <summary>
/// The picture half of SigLIP (Zhai et al. 2023) and of SigLIP 2 at fixed resolutions (Tschannen et al. 2025): ViT-B, L, So400m and g
/// without a class token. Source: transformers <c>SiglipVisionModel</c>, whose rule interpolates positions (bicubic, by size). The head
/// that pools the tokens by attention says nothing about patches and is left out on purpose.
/// </summary>
internal static class SiglipFamily
{
    private const string Kernel = "vision_model.embeddings.patch_embedding.weight";

    public static BackboneFamily Family { get; } =
        new(
            "siglip",
            [
                new(
                    "transformers",
                    "vision_model.embeddings.patch_embedding.bias", // which CLIP's lacks
                    [
                        new("vision_model.embeddings.position_embedding.weight", "pos_embed", WeightPart.Squeezed),
                        new("vision_model.embeddings.patch_embedding", "patch_embed.proj"),
                        new("vision_model.encoder.layers.#.layer_norm1", "blocks.#.norm1"),
                        new("vision_model.encoder.layers.#.self_attn.q_proj", "blocks.#.attn.qkv", WeightPart.Query),
                        new("vision_model.encoder.layers.#.self_attn.k_proj", "blocks.#.attn.qkv", WeightPart.Key),
                        new("vision_model.encoder.layers.#.self_attn.v_proj", "blocks.#.attn.qkv", WeightPart.Value),
                        new("vision_model.encoder.layers.#.self_attn.out_proj", "blocks.#.attn.proj"),
                        new("vision_model.encoder.layers.#.layer_norm2", "blocks.#.norm2"),
                        new("vision_model.encoder.layers.#.mlp.fc1", "blocks.#.mlp.fc1"),
                        new("vision_model.encoder.layers.#.mlp.fc2", "blocks.#.mlp.fc2"),
                        new("vision_model.post_layernorm", "norm"),
                    ]
                )
                {
                    Own = ["vision_model."],
                    Ignored = ["vision_model.head.", "vision_model.embeddings.position_ids"],
                },
                new("timm", "attn_pool.latent", []) { IsOurs = true, Ignored = ["attn_pool."] },
            ]
        )
        {
            Mean = [0.5, 0.5, 0.5],
            Std = [0.5, 0.5, 0.5],
            FeedForward = VisionFeedForward.GeluTanh,
            HasClassToken = false,
            HeadWidths = new Dictionary<long, int> { [1152] = 72, [1536] = 96 },
            Refusal = RefusalOf,
        };

    private static string? RefusalOf(Func<string, IReadOnlyList<long>?> shapeOf) =>
        shapeOf(Kernel) is [_, _]
            ? "holds SigLIP 2 for pictures of any shape (NaFlex), which is not supported: it cuts patches before its first layer. "
                + "Give a checkpoint of a fixed resolution, such as siglip2-base-patch16-256."
        : shapeOf("vision_model.embeddings.class_embedding") is not null
            ? "holds a vision transformer with a class token and a bias at its patches (BLIP), which is not supported. Give weights "
                + "of CLIP or SigLIP."
        : null;
}
