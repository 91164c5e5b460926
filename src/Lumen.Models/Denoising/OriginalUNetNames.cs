using Lumen.Core.Checkpoints;

namespace Lumen.Models.Denoising;

/// <summary>
/// The names that a U-Net's weights have in the original single-file checkpoints (CompVis and Stability AI, <c>openaimodel.py</c>): blocks
/// are counted through, and each is a list whose first entry is the resnet, the next one the transformer.
/// </summary>
public static class OriginalUNetNames
{
    /// <summary>What the names begin with in a single-file checkpoint.</summary>
    public const string Prefix = "model.diffusion_model.";

    private static readonly (string Model, string Stored)[] Ends =
    [
        ("conv_in", "input_blocks.0.0"),
        ("time_embedding.linear_1", "time_embed.0"),
        ("time_embedding.linear_2", "time_embed.2"),
        ("conv_norm_out", "out.0"),
        ("conv_out", "out.2"),
    ];

    private static readonly (string Model, string Stored)[] Resnet =
    [
        ("norm1", "in_layers.0"),
        ("conv1", "in_layers.2"),
        ("time_emb_proj", "emb_layers.1"),
        ("norm2", "out_layers.0"),
        ("conv2", "out_layers.3"),
        ("conv_shortcut", "skip_connection"),
    ];

    /// <summary>The table of a whole U-Net.</summary>
    /// <param name="config">Levels, layers and where the way up attends are used.</param>
    public static NameTable Of(UNetConfig config) => new(Prefix, [.. Encoder(config), .. WayUp(config)]);

    /// <summary>What <see cref="Of"/> needs to know, read off the names alone; null where they are not those of such a U-Net.</summary>
    /// <param name="holds">Whether a module or tensor of this name is there, without the prefix.</param>
    public static UNetConfig? Skeleton(Func<string, bool> holds)
    {
        var blocks = 0;
        while (holds($"input_blocks.{blocks}"))
            blocks++;
        // the strided convolution behind the first level
        var first = Enumerable.Range(0, blocks).FirstOrDefault(index => holds($"input_blocks.{index}.0.op"), blocks);
        var layers = first - 1;
        if (layers < 1 || blocks % (layers + 1) != 0)
            return null;
        var levels = blocks / (layers + 1);
        return new UNetConfig
        {
            BlockOutChannels = new long[levels],
            LayersPerBlock = layers,
            UpAttention = [.. Enumerable.Range(0, levels).Select(level => holds($"output_blocks.{level * (layers + 1)}.1.proj_in"))],
        };
    }

    /// <summary>The rows that U-Net and ControlNet have in common.</summary>
    internal static IEnumerable<NameRule> Encoder(UNetConfig config)
    {
        foreach (var (model, stored) in Ends)
            yield return new NameRule(model, stored);
        var (levels, stride) = (config.BlockOutChannels.Count, config.LayersPerBlock + 1); // a level's resnets and its strided convolution
        for (var level = 0; level < levels; level++)
        {
            for (var layer = 0; layer < config.LayersPerBlock; layer++)
            {
                foreach (var rule in Block($"down_blocks.{level}", layer, $"input_blocks.{1 + level * stride + layer}"))
                    yield return rule;
            }
            if (level < levels - 1)
                yield return new NameRule($"down_blocks.{level}.downsamplers.0.conv", $"input_blocks.{(level + 1) * stride}.0.op");
        }
        foreach (var rule in Resnets("mid_block.resnets.0", "middle_block.0").Concat(Resnets("mid_block.resnets.1", "middle_block.2")))
            yield return rule;
        yield return new NameRule("mid_block.attentions.0", "middle_block.1");
    }

    private static IEnumerable<NameRule> WayUp(UNetConfig config)
    {
        var (levels, stride) = (config.BlockOutChannels.Count, config.LayersPerBlock + 1); // the way up has one resnet more
        for (var level = 0; level < levels; level++)
        {
            for (var layer = 0; layer < stride; layer++)
            {
                foreach (var rule in Block($"up_blocks.{level}", layer, $"output_blocks.{level * stride + layer}"))
                    yield return rule;
            }
            var place = config.UpAttention[level] ? 2 : 1; // behind the last resnet and, if there is one, its transformer
            if (level < levels - 1)
                yield return new NameRule(
                    $"up_blocks.{level}.upsamplers.0.conv",
                    $"output_blocks.{level * stride + config.LayersPerBlock}.{place}.conv"
                );
        }
    }

    private static IEnumerable<NameRule> Block(string model, int layer, string stored) =>
        Resnets($"{model}.resnets.{layer}", $"{stored}.0").Append(new NameRule($"{model}.attentions.{layer}", $"{stored}.1"));

    private static IEnumerable<NameRule> Resnets(string model, string stored) =>
        Resnet.Select(leaf => new NameRule($"{model}.{leaf.Model}", $"{stored}.{leaf.Stored}"));
}
