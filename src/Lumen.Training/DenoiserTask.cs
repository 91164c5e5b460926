using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Models.Autoencoding;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using Lumen.Models.Text;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training;

/// <summary>
/// Trains a base model: denoiser and text encoder together, on cached latents, with the loss the scheduler's configuration names (noise, or
/// velocity as in Salimans and Ho 2022).
/// </summary>
internal sealed class DenoiserTask : IReplicatedTask
{
    private const int ValidationPictures = 64;
    private const ulong ValidationSeed = 0x5EED;
    private const int SamplingSteps = 20;
    private readonly UNet2DConditionModel _unet;
    private readonly ClipTextModel _text;
    private readonly AutoencoderKL _vae;
    private readonly NoiseSchedule _schedule;
    private readonly DenoisingData _data;
    private readonly DenoisingData _heldOut;
    private readonly DenoiserTaskOptions _options;

    /// <param name="networks">What is trained (denoiser, text encoder) and the frozen autoencoder.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="data">Training pictures.</param>
    /// <param name="heldOut">Pictures for the validation loss.</param>
    /// <param name="options">Settings of this task.</param>
    public DenoiserTask(
        (UNet2DConditionModel UNet, ClipTextModel Text, AutoencoderKL Vae) networks,
        NoiseSchedule schedule,
        DenoisingData data,
        DenoisingData heldOut,
        DenoiserTaskOptions options
    )
    {
        (_unet, _text, _vae) = networks;
        (_schedule, _data, _heldOut, _options) = (schedule, data, heldOut, options);
    }

    /// <inheritdoc/>
    public RunRecord? Record { get; init; }

    /// <inheritdoc/>
    public string Name => "base";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Module> Trained => new Dictionary<string, Module> { ["unet"] = _unet, ["text_encoder"] = _text };

    /// <inheritdoc/>
    public IReplicatedTask Replica() =>
        new DenoiserTask(
            (
                new UNet2DConditionModel(_unet.Config, _unet.Placement) { GradientCheckpointing = _unet.GradientCheckpointing },
                new ClipTextModel(_text.Config, _text.Placement),
                _vae
            ),
            _schedule,
            _data,
            _heldOut,
            _options
        );

    /// <inheritdoc/>
    public Tensor Loss(long microBatch, int batch, RandomStream random) => Loss(microBatch, batch, new BatchPart(0, batch), random);

    /// <inheritdoc/>
    public Tensor Loss(long microBatch, int batch, BatchPart part, RandomStream random)
    {
        var own = random.For(microBatch);
        var indices = _data.Corpus.Indices(random, microBatch, batch);
        return LossOf(_data, (indices, part), own, _options.ProportionEmptyPrompts, _options.SnrGamma);
    }

    /// <inheritdoc/>
    public double ValidationPasses(int heldOut) =>
        Math.Min(ValidationPictures, heldOut) + 2.0 * SamplingSteps * _options.PreviewPrompts.Count;

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, double>> Validate()
    {
        var random = new RandomStream(ValidationSeed);
        var (sum, count) = (0.0, 0);
        foreach (var indices in _heldOut.Corpus.Parts(Enumerable.Range(0, Math.Min(ValidationPictures, _heldOut.Latents.Count)), 16))
        {
            using var scope = NewDisposeScope();
            sum +=
                LossOf(_heldOut, (indices, new BatchPart(0, indices.Length)), random.For(indices[0]), 0, null).item<float>()
                * indices.Length;
            count += indices.Length;
        }
        return [new("validation_loss", sum / count)];
    }

    /// <inheritdoc/>
    public void Preview(string path)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var prompts = _options.PreviewPrompts;
        var context = _text.call(_data.Tokenizer.EncodeBatch(prompts));
        var negative = _text.call(_data.Tokenizer.EncodeBatch([.. prompts.Select(_ => "")]));
        var side = (long)_data.Corpus.Size / _vae.Config.Stride;
        var start = DenoisingStart.Items(new RandomStream(ValidationSeed), prompts.Count, [_vae.Config.LatentChannels, side, side]);
        Tensor? latents = null;
        foreach (
            var step in new DenoisingLoop(_unet, null, _schedule).Run(
                start,
                context,
                negative,
                null,
                new GenerationOptions { NumInferenceSteps = SamplingSteps }
            )
        )
        {
            latents?.Dispose();
            latents = step.Latents;
        }
        using (latents)
        {
            var pictures = PictureTensor.ToPictures(_vae.Decode(latents! / _vae.Config.ScalingFactor));
            PngWriter.WriteRgb(path, ContactSheet.Compose([.. pictures.Chunk(4)]));
        }
    }

    /// <inheritdoc/>
    public void Export(string folder)
    {
        ModelFolder.WritePart(
            Path.Combine(folder, "unet"),
            _unet.Config.ToJson(),
            _unet.state_dict(),
            "diffusion_pytorch_model.safetensors"
        );
        ModelFolder.WritePart(Path.Combine(folder, "text_encoder"), _text.Config.ToJson(), _text.state_dict(), "model.safetensors");
        ModelFolder.WriteText(Path.Combine(folder, "scheduler", "scheduler_config.json"), _schedule.Config.ToJson());
        ModelFolder.WriteIndex(folder);
    }

    private Tensor LossOf(
        DenoisingData data,
        (int[] Indices, BatchPart Part) batch,
        RandomStream random,
        double emptyPrompts,
        double? snrGamma
    )
    {
        using var scope = NewDisposeScope();
        var (indices, part) = batch;
        var latents = data.Latents.Batch(part.Of(indices), _unet.Placement.Device); // [B, C, h, w]
        var noise = part.Of(random.For(1).Normal([indices.Length, .. latents.shape[1..]])).to(latents.device);
        var timesteps = part.Of(DenoisingData.Timesteps(_schedule, indices.Length, random.For(2))); // [B]
        var context = _text.call(part.Of(data.Tokens(indices, emptyPrompts, random.For(3)))); // [B, T, D]
        var predicted = _unet.Predict(_schedule.AddNoise(latents, noise, timesteps), timesteps, context);
        return DenoisingLoss
            .Of(predicted, _schedule.Target(latents, noise, timesteps), _schedule, timesteps, snrGamma)
            .MoveToOuterDisposeScope();
    }
}
