using Lumen.Models.Autoencoding;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Text;

namespace Lumen.Training;

/// <summary>The memory that training a base model or an adapter takes; activations are those of <see cref="UNetActivations"/>.</summary>
/// <param name="UNet">The denoiser.</param>
/// <param name="Vae">The autoencoder.</param>
/// <param name="Text">The text encoder.</param>
/// <param name="Control">The adapter, which is trained on a frozen base; null where the base itself is trained.</param>
internal sealed record DenoiserMemory(UNetConfig UNet, AutoencoderConfig Vae, ClipTextConfig Text, ControlNetConfig? Control)
    : MemoryForecast
{
    private readonly long _unet = Count(at => new UNet2DConditionModel(UNet, at));
    private readonly long _decoder = Count(at => new UNet2DConditionModel(UNet, at), IsDecoder);
    private readonly long _vae = Count(at => new AutoencoderKL(Vae, at));
    private readonly long _text = Count(at => new ClipTextModel(Text, at));
    private readonly long _control = Control is null ? 0 : Count(at => new ControlNetModel(Control, at));

    /// <summary>Pictures that are encoded.</summary>
    public required long Pictures { get; init; }

    /// <summary>Different captions, whose embeddings are cached (adapter).</summary>
    public required long Captions { get; init; }

    /// <summary>Whether every step needs the autoencoder.</summary>
    public bool KeepsEncoders { get; init; }

    /// <inheritdoc/>
    public override long Trained => Control is null ? _unet + _text : _control;

    /// <inheritdoc/>
    protected override double Unfolding => Control is null ? base.Unfolding : 1.6e8;

    /// <inheritdoc/>
    public override MemoryPeak Of(int side, TrainingOptions training)
    {
        var common = Common(training);
        var encoders = TextBytes + Bytes * _vae;
        var networks = Bytes * (_unet + _control) + (Control is null || KeepsEncoders ? encoders : 0);
        var captions = Control is null ? 0 : Bytes * Captions * Text.MaxPositions * Text.HiddenSize;

        var grid = side / Vae.Stride;
        var pass = Bytes * Math.Min(Pictures, PassSize.Of(UNet, grid, grid)) * Activations(side, training).Pass;
        var pixels = Bytes * Math.Min(Pictures, PassSize.Of(Vae, side)) * AutoencoderMemory.Maps * Vae.BlockOutChannels[0] * side * side;
        var look = (Control is null || KeepsEncoders ? 0 : encoders) + Math.Max(pass, pixels);
        var preparing = Bytes * _unet + encoders + Math.Max(pass, pixels) - networks - captions;
        foreach (var (_, bytes) in common.Skip(1))
            preparing -= bytes;
        return new MemoryPeak([
            .. common,
            ("networks", networks),
            ("captions", captions),
            ("a step's activations and gradients", Math.Max(Step(side, training), Math.Max(look, preparing))),
        ]);
    }

    // At the start of the backward pass nothing is let go of yet and no gradient of a weight is there; when it has left the way up, its
    // activations are gone and the gradients of its weights are there; at the end all gradients are.
    private double Step(int side, TrainingOptions training)
    {
        var parallel = Parallel(training);
        var perSample = Bytes * training.TrainBatchSize * parallel;
        var acts = Activations(side, training);
        var (encoder, decoder, moment) = (
            perSample * acts.Encoder,
            perSample * acts.Decoder,
            perSample * (acts.LargestLayer + (training.GradientCheckpointing ? acts.WidestGradient : 0))
        );
        var stem = Control is null ? 0 : perSample * Stem(side);
        var residuals = Control is null ? 0 : perSample * acts.Skips;
        var text = Control is null ? sizeof(float) * training.TrainBatchSize * parallel * Read() : 0;
        var gradients = parallel * (Control is null ? Bytes * _unet + TextBytes : Bytes * _control);
        var half = Control is null ? parallel * Bytes * _decoder : gradients;
        var weights = WeightGradient(LargestConvolution(), parallel);
        return moment + weights + Math.Max(encoder + decoder + stem + residuals + text, Math.Max(encoder + stem + text + half, gradients));
    }

    private UNetActivations Activations(int side, TrainingOptions training)
    {
        var (grid, (fused, scores)) = (side / Vae.Stride, Kernels(Parallel(training)));
        return new UNetActivations(UNet, grid, grid, Text.MaxPositions)
        {
            Fused = fused,
            ValuesPerScore = scores,
            Recomputes = training.GradientCheckpointing,
            FrozenDecoder = Control is not null,
        };
    }

    // The text encoder computes in float32 wherever it is.
    private double TextBytes => sizeof(float) * (double)_text;

    // Values a sample that a text encoder in training keeps: embedded tokens, layers, and the last norm.
    private double Read() =>
        Text.MaxPositions
        * (
            3 * Text.HiddenSize
            + Text.Layers
                * new TransformerActivations(Text.HiddenSize, Text.IntermediateSize, Text.Activation == ClipActivation.QuickGelu).Kept
        );

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

    private static bool IsDecoder(string parameter) =>
        parameter.StartsWith("up_blocks.", StringComparison.Ordinal) || parameter.StartsWith("conv_", StringComparison.Ordinal);
}
