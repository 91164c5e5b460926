using Lumen.Core.Checkpoints;
using Lumen.Models.Denoising;

namespace Lumen.Models.Control;

/// <summary>
/// The names that a ControlNet's weights have in the original files (Zhang et al. 2023, <c>cldm.py</c>): the U-Net's encoder, hint blocks
/// and zero convolutions.
/// </summary>
public static class OriginalControlNetNames
{
    /// <summary>What the names usually begin with; some files leave it out.</summary>
    public const string Prefix = "control_model.";

    /// <summary>The table of a ControlNet.</summary>
    /// <param name="config">Levels, layers and the number of stages of the stem are used.</param>
    /// <param name="prefix"><see cref="Prefix"/>, or nothing for files without it.</param>
    public static NameTable Of(ControlNetConfig config, string prefix = Prefix) =>
        new(prefix, [.. OriginalUNetNames.Encoder(config.Encoder), .. Stem(config), .. Outputs(config)]);

    /// <summary>What <see cref="Of"/> needs to know, read off the names alone; null where they are not those of a ControlNet.</summary>
    /// <param name="holds">Whether a module or tensor of this name is there, without the prefix.</param>
    public static ControlNetConfig? Skeleton(Func<string, bool> holds)
    {
        if (OriginalUNetNames.Skeleton(holds) is not { } encoder)
            return null;
        var convolutions = 0;
        while (holds($"input_hint_block.{2 * convolutions}"))
            convolutions++;
        return convolutions >= 2 && convolutions % 2 == 0
            ? new ControlNetConfig(encoder) { ConditioningEmbeddingOutChannels = new long[convolutions / 2] }
            : null;
    }

    // Between every two convolutions of the hint block stands an activation.
    private static IEnumerable<NameRule> Stem(ControlNetConfig config)
    {
        var blocks = 2 * (config.ConditioningEmbeddingOutChannels.Count - 1);
        yield return new NameRule("controlnet_cond_embedding.conv_in", "input_hint_block.0");
        for (var block = 0; block < blocks; block++)
            yield return new NameRule($"controlnet_cond_embedding.blocks.{block}", $"input_hint_block.{2 * (block + 1)}");
        yield return new NameRule("controlnet_cond_embedding.conv_out", $"input_hint_block.{2 * (blocks + 1)}");
    }

    // One output for each input block, and one for the middle.
    private static IEnumerable<NameRule> Outputs(ControlNetConfig config)
    {
        for (var block = 0; block < config.Encoder.BlockOutChannels.Count * (config.Encoder.LayersPerBlock + 1); block++)
            yield return new NameRule($"controlnet_down_blocks.{block}", $"zero_convs.{block}.0");
        yield return new NameRule("controlnet_mid_block", "middle_block_out.0");
    }
}
