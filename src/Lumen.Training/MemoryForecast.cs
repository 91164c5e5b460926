using System.Globalization;
using Lumen.Core.Tensors;
using Lumen.Models.Autoencoding;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Text;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// The peak of a run's memory, counted before a weight is read: parameters by networks without memory, activations by
/// <see cref="UNetActivations"/>, states by the recipe.
/// </summary>
/// <param name="UNet">The denoiser.</param>
/// <param name="Vae">The autoencoder.</param>
/// <param name="Text">The text encoder.</param>
/// <param name="Control">The adapter, which is trained on a frozen base; null where the base itself is trained.</param>
internal sealed record MemoryForecast(UNetConfig UNet, AutoencoderConfig Vae, ClipTextConfig Text, ControlNetConfig? Control)
{
    private const double FusedLimit = 1e8; // trained values up to which a micro-batch has one thread
    private const int AutoencoderMaps = 8; // at full size and its first width, in a pass without a gradient
    private const double LargestGradient = 3; // in float32 accumulators, of the largest convolution's weights
    private const double Unfolding = 1.9e8; // the libraries' own memory, beyond what they take when they are loaded

    private readonly long _unet = Count(at => new UNet2DConditionModel(UNet, at));
    private readonly long _vae = Count(at => new AutoencoderKL(Vae, at));
    private readonly long _text = Count(at => new ClipTextModel(Text, at));
    private readonly long _control = Control is null ? 0 : Count(at => new ControlNetModel(Control, at));

    /// <summary>What the process takes already.</summary>
    public required long Floor { get; init; }

    /// <summary>Where it is computed, and in which type.</summary>
    public required Placement Placement { get; init; }

    /// <summary>Threads that libtorch may use.</summary>
    public required int Threads { get; init; }

    /// <summary>Pictures that are encoded.</summary>
    public required long Pictures { get; init; }

    /// <summary>Different captions, whose embeddings are cached (adapter).</summary>
    public required long Captions { get; init; }

    /// <summary>Whether every step needs the autoencoder.</summary>
    public bool KeepsEncoders { get; init; }

    /// <summary>Values that are trained.</summary>
    public long Trained => Control is null ? _unet + _text : _control;

    private double Bytes => Placement.Compute == ScalarType.Float32 ? 4 : 2;

    /// <summary>The parts of the peak in words, largest first, and their sum.</summary>
    public MemoryPeak Of(int side, TrainingOptions training)
    {
        var (height, batch) = (side / Vae.Stride, training.TrainBatchSize);
        var parallel =
            training.GradientAccumulationSteps > 1 && Trained < FusedLimit ? Math.Min(Threads, training.GradientAccumulationSteps) : 1;
        var narrow = Placement.Device.type == TorchSharp.DeviceType.CPU && Bytes == 2;
        var fused = narrow && (parallel > 1 || Threads == 1);
        var acts = new UNetActivations(UNet, height, height, Text.MaxPositions)
        {
            Fused = fused,
            ValuesPerScore =
                fused ? 1
                : narrow ? 3
                : 0,
            Recomputes = training.GradientCheckpointing,
            FrozenDecoder = Control is not null,
        };
        var perSample = Bytes * batch * parallel;

        var networks =
            Bytes
            * (
                _unet
                + _control
                + (
                    Control is null ? _text + _vae
                    : KeepsEncoders ? _text + _vae
                    : 0
                )
            );
        var state = Trained * training.Optimizer.StateBytesWith(Placement.Device.type == TorchSharp.DeviceType.CPU);
        var sum = training.GradientAccumulationSteps > 1 ? 4.0 * Trained : 0;
        var captions = Bytes * Captions * Text.MaxPositions * Text.HiddenSize;

        var encoder = perSample * acts.Encoder;
        var decoder = perSample * acts.Decoder;
        var stem = Control is null ? 0 : perSample * Stem(side);
        var residuals = Control is null ? 0 : perSample * acts.Skips;
        var moment = perSample * acts.LargestLayer;
        var gradients = Bytes * Trained * parallel;
        var weights = LargestGradient * sizeof(float) * LargestConvolution() * (parallel > 1 ? parallel : Math.Min(2, Threads));
        var step = moment + weights + Math.Max(encoder + decoder + stem + residuals, encoder + stem + gradients);

        var pass = Bytes * Math.Min(Pictures, PassSize.Of(UNet, height, height)) * acts.Pass;
        var pixels = Bytes * Math.Min(Pictures, PassSize.Of(Vae, side)) * AutoencoderMaps * Vae.BlockOutChannels[0] * side * side;
        var encoders = Control is null || KeepsEncoders ? 0 : Bytes * (_text + _vae);
        var look = encoders + Math.Max(pass, pixels);
        var preparing = Bytes * (_unet + _text + _vae) + Math.Max(pass, pixels);
        return new MemoryPeak([
            ("the program", Floor + Unfolding),
            ("networks", networks),
            ("weights in float32, moments and average", state),
            ("the sum of gradients", sum),
            ("captions", captions),
            ("a step's activations and gradients", Math.Max(step, Math.Max(look, preparing - networks - state - sum - captions))),
        ]);
    }

    private double Stem(int side)
    {
        var (sum, size) = (0.0, (double)side * side);
        for (var i = 0; i < Control!.ConditioningEmbeddingOutChannels.Count; i++, size /= 4)
            sum +=
                size
                * (
                    i == 0
                        ? Control.ConditioningChannels + 2 * Control.ConditioningEmbeddingOutChannels[0]
                        : 4 * Control.ConditioningEmbeddingOutChannels[i]
                );
        return sum;
    }

    // Of what is trained: the middle's for an adapter, the first of the way up otherwise.
    private double LargestConvolution() => 9.0 * UNet.BlockOutChannels[^1] * UNet.BlockOutChannels[^1] * (Control is null ? 2 : 1);

    private static long Count(Func<Placement, nn.Module> make)
    {
        using var scope = NewDisposeScope();
        using var plan = make(new Placement(META, ScalarType.BFloat16));
        return plan.parameters().Sum(parameter => parameter.numel());
    }
}

/// <summary>The most memory that a run takes at once.</summary>
/// <param name="Parts">What it is made of, in words and bytes.</param>
internal sealed record MemoryPeak(IReadOnlyList<(string What, double Bytes)> Parts)
{
    /// <summary>All of it.</summary>
    public double Bytes => Parts.Sum(part => part.Bytes);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"about {Bytes / 1e9:0.00} GB at the peak: ")
        + string.Join(
            ", ",
            Parts
                .Where(part => part.Bytes >= 0.05e9)
                .OrderByDescending(part => part.Bytes)
                .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.What} {part.Bytes / 1e9:0.0}"))
        );
}
