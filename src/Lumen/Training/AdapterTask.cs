using Lumen.Core.Imaging;
using Lumen.Core.Tensors;
using Lumen.Data;
using Lumen.Generation;
using Lumen.Layouts;
using Lumen.Models.Control;
using Lumen.Models.Vision;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training;

/// <summary>
/// Trains an adapter with the base model's own denoising loss; the base is frozen. Nested component dropout: for half of the samples only the first N' components are kept, N' drawn evenly from 1...N,
/// so that one adapter serves every N.
/// </summary>
public sealed class AdapterTask : ITrainingTask
{
    private const int ValidationPictures = 64;
    private const int PreviewPictures = 6;
    private const double FullLayout = 0.5;
    private const ulong ValidationSeed = 0x5EED;
    private readonly DiffusionModel _model;
    private readonly ControlNetModel _control;
    private readonly LayoutBasis _basis;
    private readonly (DenoisingData Data, TensorCache Layouts) _train;
    private readonly (DenoisingData Data, TensorCache Layouts) _heldOut;
    private readonly double _emptyPrompts;
    private readonly PhotometricJitter _jitter = new();
    private readonly Lazy<IFeatureExtractor> _features;
    private readonly TextCache _trainTexts;
    private readonly TextCache _heldOutTexts;

    /// <param name="model">The frozen base.</param>
    /// <param name="control">The adapter.</param>
    /// <param name="basis">The basis of the layouts.</param>
    /// <param name="train">Training pictures with their layouts.</param>
    /// <param name="heldOut">Validation pictures with their layouts.</param>
    /// <param name="emptyPrompts">Fraction of captions replaced by the empty prompt.</param>
    public AdapterTask(
        DiffusionModel model, ControlNetModel control, LayoutBasis basis,
        (DenoisingData Data, TensorCache Layouts) train, (DenoisingData Data, TensorCache Layouts) heldOut, double emptyPrompts)
    {
        (_model, _control, _basis) = (model, control, basis);
        (_train, _heldOut, _emptyPrompts) = (train, heldOut, emptyPrompts);
        _features = new Lazy<IFeatureExtractor>(() => LayoutAdapter.FeaturesOf(model, basis.Source));
        (_trainTexts, _heldOutTexts) = (new TextCache(model, train.Data.Corpus), new TextCache(model, heldOut.Data.Corpus));
    }

    /// <summary>Fraction 0...1 of the training samples whose layout is read from a <see cref="PhotometricJitter">jittered</see> picture; what is to be generated stays the original.</summary>
    public double Photometric { get; init; }

    /// <inheritdoc/>
    public string Name => "adapter";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Module> Trained => new Dictionary<string, Module> { ["controlnet"] = _control };

    /// <inheritdoc/>
    public Tensor Loss(long step, int batch, RandomStream random) =>
        LossOf(_train, _train.Data.Corpus.Indices(random, step, batch), random.For(step), _emptyPrompts, FullLayout);

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, double>> Validate()
    {
        var random = new RandomStream(ValidationSeed);
        var (sum, count) = (0.0, 0);
        foreach (var indices in Enumerable.Range(0, Math.Min(ValidationPictures, _heldOut.Data.Latents.Count)).Chunk(16))
        {
            using var scope = NewDisposeScope();
            sum += LossOf(_heldOut, indices, random.For(indices[0]), 0, 1).item<float>() * indices.Length;
            count += indices.Length;
        }
        return [new("validation_loss", sum / count), new("layout_agreement", Agreement(Sample(PreviewPictures)))];
    }

    /// <inheritdoc/>
    public void Preview(string path)
    {
        using var scope = NewDisposeScope();
        var indices = Enumerable.Range(0, PreviewPictures).ToArray();
        var references = PictureTensor.ToPictures(_heldOut.Data.Corpus.Batch(indices));
        var layouts = _heldOut.Layouts.Batch(indices);
        var drawn = indices.Select(i => LayoutDrawing.Rgb(new NeuralLayout(layouts[i], _basis.Hash, _basis.Source, references[i].Width, references[i].Height))).ToArray();
        PngWriter.WriteRgb(path, ContactSheet.Compose([references, drawn, PictureTensor.ToPictures(Sample(PreviewPictures))], null, ["reference", "layout", "own caption"]));
    }

    /// <inheritdoc/>
    public void Export(string folder)
    {
        ModelFolder.WritePart(folder, _control.ControlConfig.ToJson(), _control.state_dict(), "diffusion_pytorch_model.safetensors");
        _basis.Save(folder);
        LayoutAdapter.WriteBase(folder, _model);
    }

    /// <summary>Zeroes the components above a drawn N' for all but a fraction of the samples.</summary>
    /// <param name="layouts">[B, N, h, w].</param>
    /// <param name="full">Fraction that keeps all components.</param>
    /// <param name="random">The step's stream.</param>
    public static Tensor DropComponents(Tensor layouts, double full, RandomStream random)
    {
        using var scope = NewDisposeScope();
        var (batch, components) = ((int)layouts.shape[0], (int)layouts.shape[1]);
        var keep = new float[batch * components];
        for (var i = 0; i < batch; i++)
        {
            var kept = random.UniformAt(2 * i) < full ? components : 1 + random.IndexAt(2 * i + 1, components);
            keep.AsSpan(i * components, (int)kept).Fill(1);
        }
        return (layouts * tensor(keep, batch, components, 1, 1)).MoveToOuterDisposeScope();
    }

    private Tensor LossOf((DenoisingData Data, TensorCache Layouts) set, int[] indices, RandomStream random, double emptyPrompts, double full)
    {
        using var scope = NewDisposeScope();
        var latents = set.Data.Latents.Batch(indices);                                                  // [B, C, h, w]
        var noise = random.For(1).Normal(latents.shape);
        var timesteps = DenoisingData.Timesteps(_model.Schedule, indices.Length, random.For(2));        // [B]
        var context = (ReferenceEquals(set.Data, _train.Data) ? _trainTexts : _heldOutTexts).Batch(indices, emptyPrompts, random.For(3));
        var stride = _control.ControlConfig.Stride;
        var condition = LayoutAdapter.Condition(
            DropComponents(LayoutsOf(set, indices, random.For(5)), full, random.For(4)), latents.shape[2] * stride, latents.shape[3] * stride);
        var noisy = _model.Schedule.AddNoise(latents, noise, timesteps);
        var residuals = _control.Residuals(noisy, timesteps, context, condition);
        var predicted = _model.UNet.Predict(noisy, timesteps, context, residuals);
        return functional.mse_loss(predicted, _model.Schedule.Target(latents, noise, timesteps)).MoveToOuterDisposeScope();
    }

    // [B, N, h, w]; those of training pictures are read from jittered pictures at times.
    private Tensor LayoutsOf((DenoisingData Data, TensorCache Layouts) set, int[] indices, RandomStream random)
    {
        var layouts = set.Layouts.Batch(indices);
        if (!ReferenceEquals(set.Data, _train.Data)) return layouts;
        var chosen = Enumerable.Range(0, indices.Length).Where(i => random.UniformAt(i) < Photometric).ToArray();
        if (chosen.Length == 0) return layouts;
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        int[] pictures = [.. chosen.Select(i => indices[i])];
        var jittered = _jitter.Apply(set.Data.Corpus.Batch(pictures), random.For(-1));
        var seen = _basis.Project(_features.Value.Extract(jittered, [.. pictures.Select(picture => (long)picture)]));
        layouts.index_copy_(0, tensor(chosen.Select(i => (long)i).ToArray()), seen);
        return layouts;
    }

    private Tensor Sample(int count)
    {
        using var scope = NewDisposeScope();
        var indices = Enumerable.Range(0, count).ToArray();
        var start = DenoisingStart.Items(new RandomStream(ValidationSeed), count, _heldOut.Data.Latents.ItemShape);
        var side = _heldOut.Data.Corpus.Size;
        var condition = LayoutAdapter.Condition(_heldOut.Layouts.Batch(indices), side, side);
        var context = _model.Embed([.. indices.Select(_heldOut.Data.Corpus.Caption)]);
        var negative = _model.Embed([.. indices.Select(_ => "")]);
        Tensor? latents = null;
        foreach (var step in new DenoisingLoop(_model.UNet, _control, _model.Schedule).Run(start, context, negative, condition, new GenerationOptions { Steps = 20 }))
        {
            latents?.Dispose();
            latents = step.Latents;
        }
        using (latents) return _model.Decode(latents!).MoveToOuterDisposeScope();
    }

    // Mean cosine, cell by cell, between the layouts of the results and those they were made from.
    private double Agreement(Tensor images)
    {
        using var scope = NewDisposeScope();
        var indices = Enumerable.Range(0, (int)images.shape[0]).ToArray();
        var features = _features.Value.Extract(images.clamp(-1, 1), [.. indices.Select(i => (long)i)]);
        return functional.cosine_similarity(_basis.Project(features), _heldOut.Layouts.Batch(indices), 1).mean().item<float>();
    }
}
