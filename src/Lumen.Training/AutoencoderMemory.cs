using Lumen.Models.Autoencoding;

namespace Lumen.Training;

/// <summary>The memory that training an autoencoder takes.</summary>
/// <param name="Vae">The network.</param>
/// <param name="Resolution">Side of the whole pictures, of which crops are trained on.</param>
/// <param name="TrainsEncoder">Whether gradients go back to the picture.</param>
internal sealed record AutoencoderMemory(AutoencoderConfig Vae, int Resolution, bool TrainsEncoder) : MemoryForecast
{
    /// <summary>Maps of the full size and the first width that are there at once in a pass without a gradient.</summary>
    public const int Maps = 8;

    private const int Looked = 8; // whole pictures that figures and previews take at once
    private const int PictureValues = 9; // a pixel in float32: the picture, what was decoded, their difference; three colours each
    private const int Gradients = 3; // maps that the backward pass has at once: of a block's result, of its branch, and what it computes

    private readonly long _all = Count(at => new AutoencoderKL(Vae, at));
    private readonly long _encoder = Count(at => new AutoencoderKL(Vae, at), AutoencoderTask.IsEncoder);

    /// <inheritdoc/>
    public override long Trained => TrainsEncoder ? _all : _all - _encoder;

    /// <inheritdoc/>
    protected override double Unfolding => 5e7;

    /// <inheritdoc/>
    protected override double Holes => 0.45;

    /// <inheritdoc/>
    public override string Side => "crop";

    /// <inheritdoc/>
    public override MemoryPeak Of(int side, TrainingOptions training)
    {
        var parallel = Parallel(training);
        var samples = (double)training.TrainBatchSize * parallel;
        var acts = new AutoencoderActivations(Vae, side, Kernels(parallel));
        var encoder = TrainsEncoder ? samples * Bytes * acts.Encoder : 0;
        var kept = encoder + samples * (Bytes * acts.Decoder + sizeof(float) * PictureValues * (double)side * side);
        var moment = samples * Bytes * Gradients * acts.FullMap;
        var largest = 9.0 * Vae.BlockOutChannels.Max() * Vae.BlockOutChannels.Max();
        var gradients = Bytes * Trained * parallel;
        var step = moment + WeightGradient(largest, parallel) + Math.Max((1 + Holes) * kept, (1 + Holes) * encoder + gradients);
        var look = Bytes * Looked * Maps * Vae.BlockOutChannels[0] * Resolution * Resolution;
        return new MemoryPeak([
            .. Common(training),
            ("networks", Bytes * _all),
            ("a step's activations and gradients", Math.Max(step, look)),
        ]);
    }
}

/// <summary>
/// How many values training an autoencoder keeps for the gradient of a sample: every tensor that an operator of PyTorch keeps.
/// </summary>
/// <param name="config">The network.</param>
/// <param name="side">Side of the crops.</param>
/// <param name="kernels">Whether norms are computed by the kernels for one thread, and what is kept a score of attention.</param>
internal sealed class AutoencoderActivations(AutoencoderConfig config, int side, (bool Fused, int ValuesPerScore) kernels)
{
    private const int Block = 16; // convolutions fill their channels up to a multiple of it, norms by kernels need one
    private const double KeptScores = 256 * 256; // above that attention keeps its inputs alone

    /// <summary>Values of a map of the full size and the first width.</summary>
    public double FullMap => Map(0, config.BlockOutChannels[0]);

    /// <summary>From the picture to the latents.</summary>
    public double Encoder
    {
        get
        {
            var (kept, channels) = (Map(0, config.InChannels) + FullMap, config.BlockOutChannels[0]);
            for (var level = 0; level < Levels; level++)
            {
                for (var layer = 0; layer < config.LayersPerBlock; layer++, channels = config.BlockOutChannels[level])
                    kept += Resnet(level, channels, config.BlockOutChannels[level]);
                if (level < Levels - 1)
                    kept += Map(level + 1, channels); // the padded input of the convolution takes the place of the last resnet's output
            }
            return kept + Middle + End(Levels - 1, channels);
        }
    }

    /// <summary>From the latents to the picture.</summary>
    public double Decoder
    {
        get
        {
            var channels = config.BlockOutChannels[^1];
            var kept = Map(Levels - 1, channels) + Middle;
            for (var level = Levels - 1; level >= 0; level--)
            {
                for (var layer = 0; layer <= config.LayersPerBlock; layer++, channels = config.BlockOutChannels[level])
                    kept += Resnet(level, channels, config.BlockOutChannels[level]);
                if (level > 0)
                    kept += 2 * Map(level - 1, channels) - Map(level, channels); // enlarged, and its convolution; what it enlarges goes
            }
            return kept + End(0, channels);
        }
    }

    private int Levels => config.BlockOutChannels.Count;

    // Norm, queries, keys, values and mixed values of the attention between two resnets; its result.
    private double Middle
    {
        get
        {
            var (channels, pixels) = (config.BlockOutChannels[^1], Pixels(Levels - 1));
            var scores = pixels * pixels <= KeptScores ? kernels.ValuesPerScore * pixels * pixels : 0;
            return 2 * Resnet(Levels - 1, channels, channels) + 6 * Map(Levels - 1, channels) + scores;
        }
    }

    // Two norms, their activations and convolutions; the result.
    private double Resnet(int level, long input, long output) =>
        Normed(level, input) + Map(level, output) + Normed(level, output) + Map(level, output);

    private double End(int level, long channels) => Normed(level, channels);

    // The result of a norm and that of SiLU; one of them where both are one kernel. The input is counted where it is made.
    private double Normed(int level, long channels) => (kernels.Fused && channels % Block == 0 ? 1 : 2) * Map(level, channels);

    private double Map(int level, long channels) => Pixels(level) * (channels > 4 ? (channels + Block - 1) / Block * Block : channels);

    private double Pixels(int level) => Math.Pow(side >> level, 2);
}
