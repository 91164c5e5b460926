using Lumen.Core.Checkpoints;

namespace Lumen.Models.Autoencoding;

/// <summary>
/// The names that the autoencoder's weights have in the original checkpoints (CompVis <c>model.py</c>); the levels of the decoder are
/// counted from the picture's side there.
/// </summary>
public static class OriginalAutoencoderNames
{
    /// <summary>What the names begin with in a single-file checkpoint; files of an autoencoder alone leave it out.</summary>
    public const string Prefix = "first_stage_model.";

    private static readonly (string Model, string Stored)[] Ends =
    [
        ("conv_in", "conv_in"),
        ("conv_norm_out", "norm_out"),
        ("conv_out", "conv_out"),
        ("mid_block.resnets.0", "mid.block_1"),
        ("mid_block.resnets.1", "mid.block_2"),
    ];

    private static readonly (string Model, string Stored)[] Attention =
    [
        ("group_norm", "norm"),
        ("to_q", "q"),
        ("to_k", "k"),
        ("to_v", "v"),
        ("to_out.0", "proj_out"),
    ];

    private static readonly (string Model, string Stored)[] Resnet =
    [
        ("norm1", "norm1"),
        ("conv1", "conv1"),
        ("norm2", "norm2"),
        ("conv2", "conv2"),
        ("conv_shortcut", "nin_shortcut"),
    ];

    /// <summary>The table of an autoencoder.</summary>
    /// <param name="config">Levels and layers are used.</param>
    /// <param name="prefix"><see cref="Prefix"/>, or nothing for a file of its own.</param>
    public static NameTable Of(AutoencoderConfig config, string prefix = Prefix) =>
        new(
            prefix,
            Rules(config),
            ignores: name => name.StartsWith("loss.", StringComparison.Ordinal) || name.StartsWith("model_ema.", StringComparison.Ordinal),
            flattens: IsProjection
        );

    /// <summary>What <see cref="Of"/> needs to know, read off the names alone; null where they are not those of an autoencoder.</summary>
    /// <param name="holds">Whether a module or tensor of this name is there, without the prefix.</param>
    public static AutoencoderConfig? Skeleton(Func<string, bool> holds)
    {
        var (levels, layers) = (0, 0);
        while (holds($"encoder.down.{levels}.block.0"))
            levels++;
        while (holds($"encoder.down.0.block.{layers}"))
            layers++;
        return levels > 0 ? new AutoencoderConfig { BlockOutChannels = new long[levels], LayersPerBlock = layers } : null;
    }

    private static bool IsProjection(string model) => model.Contains(".attentions.", StringComparison.Ordinal);

    private static IEnumerable<NameRule> Rules(AutoencoderConfig config)
    {
        var levels = config.BlockOutChannels.Count;
        foreach (var conv in new[] { "quant_conv", "post_quant_conv" })
            yield return new NameRule(conv, conv);
        foreach (var half in new[] { "encoder", "decoder" })
        {
            foreach (var (model, stored) in Ends)
                yield return new NameRule($"{half}.{model}", $"{half}.{stored}");
            foreach (var (model, stored) in Attention)
                yield return new NameRule($"{half}.mid_block.attentions.0.{model}", $"{half}.mid.attn_1.{stored}");
        }
        for (var level = 0; level < levels; level++)
        {
            var mirrored = levels - 1 - level;
            foreach (var rule in Resnets($"encoder.down_blocks.{level}", $"encoder.down.{level}", config.LayersPerBlock))
                yield return rule;
            foreach (var rule in Resnets($"decoder.up_blocks.{level}", $"decoder.up.{mirrored}", config.LayersPerBlock + 1))
                yield return rule;
            if (level == levels - 1)
                continue;
            yield return new NameRule($"encoder.down_blocks.{level}.downsamplers.0.conv", $"encoder.down.{level}.downsample.conv");
            yield return new NameRule($"decoder.up_blocks.{level}.upsamplers.0.conv", $"decoder.up.{mirrored}.upsample.conv");
        }
    }

    private static IEnumerable<NameRule> Resnets(string model, string stored, int count) =>
        from index in Enumerable.Range(0, count)
        from leaf in Resnet
        select new NameRule($"{model}.resnets.{index}.{leaf.Model}", $"{stored}.block.{index}.{leaf.Stored}");
}
