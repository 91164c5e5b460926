using System.Globalization;
using Lumen.Models.Denoising;

namespace Lumen.Models.Vision;

/// <summary>One decoder block of a U-Net as a source of features: its output, or a facet of its last self-attention.</summary>
/// <param name="Index">Position on the way up, 0 is the coarsest.</param>
/// <param name="Channels">C of the features.</param>
/// <param name="TapName">Name of the activation that is collected.</param>
/// <param name="Halvings">How often the latents' sides are halved where attention works; blocks' outputs bring their own sides.</param>
internal sealed record DecoderBlock(int Index, int Channels, string TapName, int Halvings)
{
    private const string Head = "up_blocks[";

    /// <summary>The blocks that a layer such as <c>up_blocks[1]+up_blocks[2]</c> names.</summary>
    /// <exception cref="LumenException">There is no such block or facet, or one is named twice.</exception>
    public static IReadOnlyList<DecoderBlock> Of(UNetConfig config, string layer, string? facet)
    {
        if (facet is not (null or "key" or "query" or "value"))
            throw new LumenException(
                LumenErrorKind.Model,
                $"The facet \"{facet}\" is not known; blocks of a U-Net have key, query and value of their self-attention, or "
                    + "without a facet their output."
            );
        DecoderBlock[] blocks = [.. layer.Split('+').Select(name => One(config, name.Trim(), facet, layer))];
        if (blocks.GroupBy(block => block.Index).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new LumenException(
                LumenErrorKind.Model,
                $"The feature layer \"{layer}\" names up_blocks[{twice.Key}] twice. Name each block once."
            );
        return blocks;
    }

    /// <summary>
    /// Rows or columns of the grid on which this block's attention works; odd sides are rounded up, as strided convolutions do.
    /// </summary>
    public long Side(long latents)
    {
        for (var i = 0; i < Halvings; i++)
            latents = (latents + 1) / 2;
        return latents;
    }

    private static DecoderBlock One(UNetConfig config, string name, string? facet, string layer)
    {
        var levels = config.BlockOutChannels.Count;
        if (
            !name.StartsWith(Head, StringComparison.Ordinal)
            || !name.EndsWith(']')
            || !int.TryParse(
                name.AsSpan(Head.Length, name.Length - Head.Length - 1),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var index
            )
            || index >= levels
        )
        {
            throw new LumenException(
                LumenErrorKind.Model,
                $"The feature layer \"{layer}\" is not known; this U-Net has up_blocks[0] to up_blocks[{levels - 1}], several are "
                    + "joined with +."
            );
        }
        var level = levels - 1 - index;
        if (facet is not null && !config.UpAttention[index])
        {
            var with = Enumerable.Range(0, levels).Where(i => config.UpAttention[i]).Select(i => $"up_blocks[{i}]");
            throw new LumenException(
                LumenErrorKind.Model,
                $"up_blocks[{index}] of this U-Net has no attention and so no {facet}. Attention is in {string.Join(" and ", with)}."
            );
        }
        var last =
            $"up_blocks.{index}.attentions.{config.LayersPerBlock}.transformer_blocks.{config.Transformer(level).Blocks - 1}.attn1.{facet}";
        return new DecoderBlock(index, (int)config.BlockOutChannels[level], facet is null ? $"up_blocks.{index}" : last, level);
    }
}
