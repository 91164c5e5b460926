namespace Lumen.Models.Vision;

/// <summary>
/// The encoder of masked autoencoders (He et al. 2021), without masking. Recognised by the decoder in the file: an encoder saved alone has
/// DINO's names. Source: facebookresearch/mae <c>models_mae.py</c>; the original knows one picture size only, at others positions are
/// interpolated as transformers does (bicubic, by size).
/// </summary>
internal static class MaeFamily
{
    public static BackboneFamily Family { get; } =
        new(
            "mae",
            [
                new(
                    "transformers",
                    "decoder.decoder_embed.weight",
                    [
                        new("vit.embeddings.cls_token", "cls_token"),
                        new("vit.embeddings.position_embeddings", "pos_embed"),
                        new("vit.embeddings.patch_embeddings.projection", "patch_embed.proj"),
                        new("vit.encoder.layer.#.layernorm_before", "blocks.#.norm1"),
                        new("vit.encoder.layer.#.attention.attention.query", "blocks.#.attn.qkv", WeightPart.Query),
                        new("vit.encoder.layer.#.attention.attention.key", "blocks.#.attn.qkv", WeightPart.Key),
                        new("vit.encoder.layer.#.attention.attention.value", "blocks.#.attn.qkv", WeightPart.Value),
                        new("vit.encoder.layer.#.attention.output.dense", "blocks.#.attn.proj"),
                        new("vit.encoder.layer.#.layernorm_after", "blocks.#.norm2"),
                        new("vit.encoder.layer.#.intermediate.dense", "blocks.#.mlp.fc1"),
                        new("vit.encoder.layer.#.output.dense", "blocks.#.mlp.fc2"),
                        new("vit.layernorm", "norm"),
                    ]
                )
                {
                    Own = ["vit."],
                },
                new("original", "decoder_embed.weight", []) { IsOurs = true, Ignored = ["decoder_", "mask_token"] },
            ]
        );
}
