using Lumen.Core.Native;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Models.Control;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training;

/// <summary>
/// Trains an adapter with the base model's own denoising loss; the base is frozen. Its condition is an <see cref="AdapterCondition"/>;
/// everything else is the same for every condition.
/// </summary>
internal sealed class AdapterTask : IReplicatedTask
{
    private const int ValidationPictures = 64;
    private const int MostPreviews = 6;
    private const int SamplingSteps = 20,
        GuidedPasses = 2 * SamplingSteps;
    private const ulong ValidationSeed = 0x5EED;
    private readonly DiffusionModel _model;
    private readonly ControlNetModel _control;
    private readonly AdapterCondition _condition;
    private readonly DenoisingData _train;
    private readonly DenoisingData _heldOut;
    private readonly double _emptyPrompts;
    private readonly TextCache _trainTexts;
    private readonly TextCache _heldOutTexts;

    /// <param name="model">The frozen base.</param>
    /// <param name="control">The adapter.</param>
    /// <param name="condition">Its condition, of the same pictures.</param>
    /// <param name="data">Training and validation pictures.</param>
    /// <param name="emptyPrompts">Fraction of captions replaced by the empty prompt.</param>
    public AdapterTask(
        DiffusionModel model,
        ControlNetModel control,
        AdapterCondition condition,
        (DenoisingData Train, DenoisingData HeldOut) data,
        double emptyPrompts
    )
    {
        (_model, _control, _condition) = (model, control, condition);
        (_train, _heldOut, _emptyPrompts) = (data.Train, data.HeldOut, emptyPrompts);
        (_trainTexts, _heldOutTexts) = (new TextCache(model, _train.Corpus), new TextCache(model, _heldOut.Corpus));
    }

    private AdapterTask(AdapterTask other)
    {
        (_model, _condition, _train, _heldOut, _emptyPrompts) = (
            other._model,
            other._condition,
            other._train,
            other._heldOut,
            other._emptyPrompts
        );
        (_trainTexts, _heldOutTexts) = (other._trainTexts, other._heldOutTexts);
        _control = new ControlNetModel(other._control.ControlConfig, other._control.Placement)
        {
            GradientCheckpointing = other._control.GradientCheckpointing,
        };
        (SnrGamma, ReleasesEncoders) = (other.SnrGamma, other.ReleasesEncoders);
    }

    /// <inheritdoc/>
    public RunRecord? Record { get; init; }

    /// <inheritdoc/>
    public string Name => "adapter";

    /// <inheritdoc cref="TrainingOptions.SnrGamma"/>
    public double? SnrGamma { get; init; }

    /// <summary>
    /// Whether the base's autoencoder and text encoder are freed while no picture is made: everything else is cached. Only where nobody
    /// else uses the base.
    /// </summary>
    public bool ReleasesEncoders
    {
        get;
        init
        {
            field = value;
            Release();
        }
    }

    // Of one shape: the most frequent.
    private int[] Previews
    {
        get
        {
            if (_heldOut.Corpus.Buckets is not { Count: > 1 } buckets)
                return [.. _heldOut.Corpus.Sample(MostPreviews)];
            var largest = buckets.MaxBy(bucket => bucket.Length)!;
            var count = Math.Min(MostPreviews, largest.Length);
            return [.. Enumerable.Range(0, count).Select(at => largest[at * largest.Length / count])];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Module> Trained => new Dictionary<string, Module> { ["controlnet"] = _control };

    /// <inheritdoc/>
    public IReplicatedTask Replica() => new AdapterTask(this);

    /// <inheritdoc/>
    public Tensor Loss(long microBatch, int batch, RandomStream random) => Loss(microBatch, batch, new BatchPart(0, batch), random);

    /// <inheritdoc/>
    public Tensor Loss(long microBatch, int batch, BatchPart part, RandomStream random)
    {
        var (indices, stream) = (_train.Corpus.Indices(random, microBatch, batch), random.For(microBatch));
        using var scope = NewDisposeScope();
        var context = part.Of(_trainTexts.Batch(indices, _emptyPrompts, stream.For(3)));
        var condition = _condition.Train(indices, part, PictureSize(_train, indices), stream);
        return LossOf(_train, (indices, part), (context, condition), stream, SnrGamma).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public double ValidationPasses(int heldOut) =>
        // sampled for the figures and for the preview
        Math.Min(ValidationPictures, heldOut)
        + 2 * GuidedPasses * Math.Min(MostPreviews, heldOut);

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, double>> Validate()
    {
        var random = new RandomStream(ValidationSeed);
        var (sum, count) = (0.0, 0);
        foreach (var indices in _heldOut.Corpus.Parts(Enumerable.Range(0, Math.Min(ValidationPictures, _heldOut.Latents.Count)), 16))
        {
            using var scope = NewDisposeScope();
            var stream = random.For(indices[0]);
            var context = _heldOutTexts.Batch(indices, 0, stream.For(3));
            sum +=
                LossOf(
                        _heldOut,
                        (indices, new BatchPart(0, indices.Length)),
                        (context, _condition.HeldOut(indices, PictureSize(_heldOut, indices))),
                        stream,
                        null
                    )
                    .item<float>() * indices.Length;
            count += indices.Length;
        }
        using var last = NewDisposeScope();
        var figures = _condition.Figures(Sample(Previews), Previews);
        Release();
        return [new("validation_loss", sum / count), .. figures];
    }

    /// <inheritdoc/>
    public void Preview(string path)
    {
        using var scope = NewDisposeScope();
        var indices = Previews;
        var references = PictureTensor.ToPictures(_heldOut.Corpus.Batch(indices));
        PngWriter.WriteRgb(
            path,
            ContactSheet.Compose(
                [references, _condition.Draw(indices), PictureTensor.ToPictures(Sample(indices))],
                null,
                ["reference", _condition.Settings.Name.Replace('_', ' '), "own caption"]
            )
        );
        Release();
    }

    /// <inheritdoc/>
    public void Export(string folder)
    {
        ModelFolder.WritePart(folder, _control.ControlConfig.ToJson(), _control.state_dict(), "diffusion_pytorch_model.safetensors");
        _condition.Save(folder);
        LayoutAdapter.WriteBase(folder, _model);
    }

    /// <inheritdoc/>
    public void SaveBeside(string checkpoint) => _condition.Save(checkpoint);

    private Tensor LossOf(
        DenoisingData set,
        (int[] Indices, BatchPart Part) batch,
        (Tensor Context, Tensor Condition) given, // of the part
        RandomStream random,
        double? snrGamma
    )
    {
        using var scope = NewDisposeScope();
        var (indices, part) = batch;
        var latents = set.Latents.Batch(part.Of(indices), _model.Placement.Device); // [B, C, h, w]
        var noise = part.Of(random.For(1).Normal([indices.Length, .. latents.shape[1..]])).to(latents.device);
        var timesteps = part.Of(DenoisingData.Timesteps(_model.Schedule, indices.Length, random.For(2))); // [B]
        var noisy = _model.Schedule.AddNoise(latents, noise, timesteps);
        var predicted = Predict(noisy, timesteps, given.Context, given.Condition);
        return DenoisingLoss
            .Of(predicted, _model.Schedule.Target(latents, noise, timesteps), _model.Schedule, timesteps, snrGamma)
            .MoveToOuterDisposeScope();
    }

    // Without a gradient in passes, which need less memory at once.
    private Tensor Predict(Tensor noisy, Tensor timesteps, Tensor context, Tensor condition)
    {
        var (batch, most) = (noisy.shape[0], PassSize.Of(_model.UNet.Config, noisy.shape[2], noisy.shape[3]));
        if (is_grad_enabled() || batch <= most)
            return _model.UNet.Predict(noisy, timesteps, context, _control.Residuals(noisy, timesteps, context, condition));
        using var scope = NewDisposeScope();
        var result = empty_like(noisy);
        for (var start = 0L; start < batch; start += most)
        {
            using var pass = NewDisposeScope();
            var count = Math.Min(most, batch - start);
            var (some, at, text) = (noisy.narrow(0, start, count), timesteps.narrow(0, start, count), context.narrow(0, start, count));
            var residuals = _control.Residuals(some, at, text, condition.narrow(0, start, count));
            result.narrow(0, start, count).copy_(_model.UNet.Predict(some, at, text, residuals));
        }
        return result.MoveToOuterDisposeScope();
    }

    private void Release()
    {
        if (!ReleasesEncoders || !_condition.LetsGoOfEncoders())
            return;
        _model.ReleaseEncoders();
        LargeBlocks.GiveBack(); // what pictures were made or encoded with
    }

    private Tensor Sample(int[] indices)
    {
        using var scope = NewDisposeScope();
        var shape = _heldOut.Latents.ShapeOf(indices[0]);
        var streams = DenoisingStart.Items(new RandomStream(ValidationSeed), indices.Length, shape).Streams;
        var condition = _condition.HeldOut(indices, PictureSize(_heldOut, indices));
        var context = _model.Embed([.. indices.Select(_heldOut.Corpus.Caption)]);
        var negative = _model.Embed([.. indices.Select(_ => "")]);
        var pictures = new List<Tensor>();
        var pass = Math.Max(1, PassSize.Of(_model.UNet.Config, shape[1], shape[2]) / 2); // with and without the caption
        for (var first = 0; first < indices.Length; first += pass)
        {
            using var some = NewDisposeScope();
            var count = Math.Min(pass, indices.Length - first);
            Tensor Part(Tensor all) => all.narrow(0, first, count);
            var latents = Denoised(
                new DenoisingStart([.. streams.Skip(first).Take(count)], shape),
                Part(context),
                Part(negative),
                Part(condition)
            );
            foreach (var part in latents.split(PassSize.Of(_model.Vae.Config, _heldOut.Corpus.Size)))
                pictures.Add(_model.Decode(part).MoveToOtherDisposeScope(scope));
        }
        return cat(pictures).MoveToOuterDisposeScope();
    }

    private Tensor Denoised(DenoisingStart start, Tensor context, Tensor negative, Tensor condition)
    {
        Tensor? latents = null;
        foreach (
            var step in new DenoisingLoop(_model.UNet, _control, _model.Schedule).Run(
                start,
                context,
                negative,
                condition,
                new GenerationOptions { NumInferenceSteps = SamplingSteps }
            )
        )
        {
            latents?.Dispose();
            latents = step.Latents;
        }
        return latents!;
    }

    // Height and width of the pictures, as the adapter's stem divides them.
    private (long Height, long Width) PictureSize(DenoisingData set, int[] indices)
    {
        var shape = set.Latents.ShapeOf(indices[0]);
        return (shape[1] * _control.ControlConfig.Stride, shape[2] * _control.ControlConfig.Stride);
    }
}
