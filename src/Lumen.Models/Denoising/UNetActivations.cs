namespace Lumen.Models.Denoising;

/// <summary>
/// How many values training a U-Net keeps for the gradient, counted from its configuration alone: every tensor that an operator of
/// PyTorch keeps for its gradient, block by block.
/// </summary>
/// <param name="Config">The network.</param>
/// <param name="Height">Height of the latents.</param>
/// <param name="Width">Width of the latents.</param>
/// <param name="ContextTokens">Tokens of the prompt.</param>
public sealed record UNetActivations(UNetConfig Config, long Height, long Width, long ContextTokens)
{
    private const long KeptScores = 256 * 256; // of one head; above that attention keeps its inputs

    /// <summary>Whether norms and gates are computed by the kernels for one thread, which keep less.</summary>
    public bool Fused { get; init; }

    /// <summary>Values kept a score of attention over few tokens: 1 by the kernels for one thread, 0 where inputs alone are kept.</summary>
    public int ValuesPerScore { get; init; }

    /// <summary>Gradient checkpointing: layers keep their inputs alone.</summary>
    public bool Recomputes { get; init; }

    /// <summary>
    /// Whether the way up belongs to a frozen network that a ControlNet's residuals go into: its projections keep nothing for their
    /// weights, and its skip connections are sums of their own.
    /// </summary>
    public bool FrozenDecoder { get; init; }

    /// <summary>Values a sample that the way down and the middle keep.</summary>
    public double Encoder
    {
        get
        {
            var (kept, channels) = (Maps(0, Config.BlockOutChannels[0]), Config.BlockOutChannels[0]);
            for (var level = 0; level < Levels; level++)
            {
                for (var layer = 0; layer < Config.LayersPerBlock; layer++)
                {
                    kept += Layer(level, channels, Config.BlockOutChannels[level], Config.DownAttention[level]);
                    channels = Config.BlockOutChannels[level];
                }
                if (level < Levels - 1)
                    kept += Maps(level + 1, channels);
            }
            var attended = Layer(Levels - 1, channels, channels, attention: true);
            return kept + attended + (Recomputes ? 0 : Layer(Levels - 1, channels, channels, attention: false));
        }
    }

    /// <summary>Values a sample that the way up keeps.</summary>
    public double Decoder
    {
        get
        {
            var ends = (Fused ? 2 : 3) * Maps(0, Config.BlockOutChannels[0]); // norm and convolution at the end
            var kept = ends + (Recomputes ? Maps(Levels - 1, Config.BlockOutChannels[^1]) + (FrozenDecoder ? Skips : 0) : 0);
            ForUpLayers(
                (level, input, output, attention) =>
                    kept += Recomputes ? Maps(level, output) : Maps(level, input) + Inside(level, input, output, attention, FrozenDecoder)
            );
            for (var level = 1; level < Levels; level++)
                kept += (Recomputes ? 2 : 1) * Maps(level - 1, Config.BlockOutChannels[level]); // enlarged, and its convolution
            return kept;
        }
    }

    /// <summary>Values a sample of the skip connections: what a ControlNet's residuals are, too.</summary>
    public double Skips
    {
        get
        {
            var sum = Maps(0, Config.BlockOutChannels[0]);
            for (var level = 0; level < Levels; level++)
                sum +=
                    Config.LayersPerBlock * Maps(level, Config.BlockOutChannels[level])
                    + (level < Levels - 1 ? Maps(level + 1, Config.BlockOutChannels[level]) : 0);
            return sum;
        }
    }

    /// <summary>Values a sample between input and output of the largest layer: what computing it again takes for a moment.</summary>
    public double LargestLayer
    {
        get
        {
            var largest = 0.0;
            for (var level = 0; level < Levels; level++)
                largest = Math.Max(
                    largest,
                    Inside(level, Config.BlockOutChannels[level], Config.BlockOutChannels[level], Config.DownAttention[level], false)
                );
            ForUpLayers(
                (level, input, output, attention) =>
                    largest = Math.Max(largest, Maps(level, input) + Inside(level, input, output, attention, FrozenDecoder))
            );
            return largest;
        }
    }

    /// <summary>
    /// Values a sample of the gradients in the widest part of the network, the gate of a feed-forward layer: of its product, of both halves
    /// and of both as one, at four widths each.
    /// </summary>
    public double WidestGradient
    {
        get
        {
            var widest = 0.0;
            for (var level = 0; level < Levels; level++)
                if (Config.DownAttention[level])
                    widest = Math.Max(widest, 20 * Maps(level, Config.BlockOutChannels[level]));
            return widest;
        }
    }

    /// <summary>Values a sample that are there at once in a pass without a gradient, at most.</summary>
    public double Pass => Skips + 14 * Maps(0, Config.BlockOutChannels[0]);

    private int Levels => Config.BlockOutChannels.Count;

    private void ForUpLayers(Action<int, long, long, bool> act)
    {
        for (var index = 0; index < Levels; index++)
        {
            var level = Levels - 1 - index;
            var (output, previous) = (Config.BlockOutChannels[level], Config.BlockOutChannels[Math.Min(level + 1, Levels - 1)]);
            for (var layer = 0; layer <= Config.LayersPerBlock; layer++)
            {
                var skip = layer == Config.LayersPerBlock ? Config.BlockOutChannels[Math.Max(level - 1, 0)] : output;
                act(level, (layer == 0 ? previous : output) + skip, output, Config.UpAttention[index]);
            }
        }
    }

    private double Layer(int level, long input, long output, bool attention) =>
        Maps(level, output) + (Recomputes ? 0 : Inside(level, input, output, attention, frozen: false));

    // Resnet: what its two norms, activations and convolutions keep; its output, where attention follows.
    private double Inside(int level, long input, long output, bool attention, bool frozen)
    {
        var pixels = Pixels(level);
        var resnet = pixels * (Fused ? input + 2 * output : 2 * input + 3 * output);
        return attention ? resnet + pixels * output + Attended(level, pixels, frozen) : resnet;
    }

    // Norm, projections and residuals around the blocks; in each block norms, queries, keys, values, mixed values twice, residuals, and
    // the gate at four to eight times the width. A frozen projection keeps no input: two around the blocks, and in each three norms, the
    // mixed values twice and the gate's product.
    private double Attended(int level, double pixels, bool frozen)
    {
        var width = Config.BlockOutChannels[level];
        var block =
            pixels * width * ((Fused ? 25 : 29) - (frozen ? 9 : 0))
            + 2 * ContextTokens * width
            + Scores(level, pixels, pixels)
            + Scores(level, pixels, ContextTokens);
        return (frozen ? 2 : 4) * pixels * width + Config.TransformerLayersPerBlock[level] * block;
    }

    private double Scores(int level, double queries, double keys) =>
        queries * keys <= KeptScores ? Config.Heads[level] * queries * keys * ValuesPerScore : 0;

    private double Maps(int level, long channels) => Pixels(level) * channels;

    private double Pixels(int level) => (double)Halved(Height, level) * Halved(Width, level);

    private static long Halved(long side, int level)
    {
        for (; level > 0; level--)
            side = (side + 1) / 2;
        return side;
    }
}
