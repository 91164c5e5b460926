using Lumen.Core.Checkpoints;

namespace Lumen.Models.Text;

/// <summary>
/// The names that the text encoder's weights have in single-file checkpoints: transformers' own under a prefix (SD 1.x), OpenCLIP's with
/// fused projections (SD 2.x).
/// </summary>
public static class OriginalTextNames
{
    /// <summary>What the names of SD 1.x begin with.</summary>
    public const string ClipPrefix = "cond_stage_model.transformer.";

    /// <summary>What the names of SD 2.x begin with.</summary>
    public const string OpenClipPrefix = "cond_stage_model.model.";

    // Some files were saved by a transformers that had no text_model around the encoder.
    private static readonly string[] Modules = ["embeddings", "encoder", "final_layer_norm"];

    private static readonly (string Model, string Stored)[] OpenClipEnds =
    [
        ("text_model.embeddings.position_embedding.weight", "positional_embedding"),
        ("text_model.embeddings.token_embedding", "token_embedding"),
        ("text_model.final_layer_norm", "ln_final"),
    ];

    private static readonly (string Model, string Stored)[] OpenClipLayer =
    [
        ("layer_norm1", "ln_1"),
        ("layer_norm2", "ln_2"),
        ("mlp.fc1", "mlp.c_fc"),
        ("mlp.fc2", "mlp.c_proj"),
        ("self_attn.out_proj", "attn.out_proj"),
    ];

    private static readonly string[] Fused = ["q_proj", "k_proj", "v_proj"];

    /// <summary>SD 1.x: the same names under a prefix.</summary>
    /// <param name="bare">True for the files without <c>text_model</c>.</param>
    public static NameTable Clip(bool bare = false) =>
        new(
            ClipPrefix,
            Modules.Select(module => new NameRule($"text_model.{module}", bare ? module : $"text_model.{module}")),
            ignores: name => name.EndsWith("position_ids", StringComparison.Ordinal)
        );

    /// <summary>
    /// SD 2.x: OpenCLIP's names. The file has one layer more than the model, which uses the output of the last but one, and the projection
    /// that follows.
    /// </summary>
    /// <param name="layers">Layers of the model: one less than the file's.</param>
    public static NameTable OpenClip(int layers) =>
        new(
            OpenClipPrefix,
            OpenClipRules(layers),
            ignores: name =>
                name is "text_projection" or "logit_scale" or "attn_mask"
                || name.StartsWith($"transformer.resblocks.{layers}.", StringComparison.Ordinal)
        );

    private static IEnumerable<NameRule> OpenClipRules(int layers)
    {
        foreach (var (model, stored) in OpenClipEnds)
            yield return new NameRule(model, stored);
        for (var layer = 0; layer < layers; layer++)
        {
            var (model, stored) = ($"text_model.encoder.layers.{layer}", $"transformer.resblocks.{layer}");
            foreach (var (ours, theirs) in OpenClipLayer)
                yield return new NameRule($"{model}.{ours}", $"{stored}.{theirs}");
            foreach (var kind in new[] { "weight", "bias" })
            {
                for (var share = 0; share < Fused.Length; share++)
                    yield return new NameRule(
                        $"{model}.self_attn.{Fused[share]}.{kind}",
                        $"{stored}.attn.in_proj_{kind}",
                        share,
                        Fused.Length
                    );
            }
        }
    }
}
