using Lumen.Core.Tensors;
using Lumen.Models.Text;
using Lumen.Models.Vision;
using Lumen.Training.Data;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training.Backbones;

/// <summary>
/// Trains CLIP (Radford et al. 2021): a vision transformer and a text encoder that put a picture and its caption near each other and far
/// from all others of the batch.
/// </summary>
internal sealed class ContrastiveTask : ITrainingTask
{
    /// <summary>Held-out pictures whose captions are found among each other's, at most.</summary>
    public const int ValidationPictures = 64;

    private readonly RecipeBackbone _recipe;
    private readonly VisionTransformer _vision;
    private readonly ClipTextModel _text;
    private readonly ContrastiveHead _head;
    private readonly ClipTokenizer _tokenizer;
    private readonly PictureCorpus _corpus;
    private readonly PictureCorpus _heldOut;

    /// <param name="recipe">Network and views.</param>
    /// <param name="pictures">Pictures with captions to train on and to validate on.</param>
    /// <param name="language">The tokenizer, and the text encoder with fresh weights.</param>
    /// <param name="training">Seed of the weights.</param>
    /// <param name="placement">Device and compute type.</param>
    public ContrastiveTask(
        RecipeBackbone recipe,
        (PictureCorpus Train, PictureCorpus HeldOut) pictures,
        (ClipTokenizer Tokenizer, ClipTextModel Text) language,
        TrainingOptions training,
        Placement placement
    )
    {
        recipe.Validate(pictures.Train.Size);
        (_recipe, _corpus, _heldOut) = (recipe, pictures.Train, pictures.HeldOut);
        (_tokenizer, _text) = language;
        _vision = new VisionTransformer(recipe.ToConfig(pictures.Train.Size), placement);
        _vision.Initialise(new RandomStream(training.Seed).For(0));
        _head = new ContrastiveHead(_text.Config.HiddenSize, recipe.Network.ProjectionDim, placement.Device);
        _head.Initialise(new RandomStream(training.Seed).For(2));
    }

    /// <inheritdoc/>
    public RunRecord? Record { get; init; }

    /// <inheritdoc/>
    public string Name => Whole is null ? "backbone" : "clip";

    /// <summary>
    /// What makes the result a whole CLIP, which scores phrases, instead of a backbone; null for the latter.
    /// </summary>
    public WholeClip? Whole { get; init; }

    /// <inheritdoc/>
    public double ValidationPasses(int heldOut) => 2.0 * Math.Min(ValidationPictures, heldOut) + (Whole?.Phrases is null ? 0 : heldOut);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Module> Trained =>
        new Dictionary<string, Module>
        {
            ["vision"] = _vision,
            ["text_encoder"] = _text,
            ["head"] = _head,
        };

    /// <inheritdoc/>
    public Tensor Loss(long microBatch, int batch, RandomStream random)
    {
        using var scope = NewDisposeScope();
        var indices = _corpus.Indices(random, microBatch, batch);
        var images = _recipe.Views.Global.Apply(_corpus.Batch(indices).to(_vision.Placement.Device), random.For(microBatch).For(1));
        string[] captions = [.. indices.Select(_corpus.Caption)];
        return ContrastiveLoss.Symmetric(Cosines(images, captions), _head.Scale, captions).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Figures on held-out pictures: the loss, how often the nearest text of a picture is its caption and the nearest picture of a text its
    /// own (equal captions count as one), and the scale of the cosines.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, double>> Validate()
    {
        using var scope = NewDisposeScope();
        int[] indices = [.. Enumerable.Range(0, Math.Min(ValidationPictures, _heldOut.Count))];
        string[] captions = [.. indices.Select(_heldOut.Caption)];
        var cosines = Cosines(_heldOut.Batch(indices), captions); // [B, B]
        return
        [
            new("validation_loss", ContrastiveLoss.Symmetric(cosines, _head.Scale, captions).item<float>()),
            new("text_retrieval", Found(cosines, captions)),
            new("picture_retrieval", Found(cosines.t(), captions)),
            new("logit_scale", _head.Scale.item<float>()),
            .. Whole?.Phrases is { } book ? new ZeroShotAccuracy(book, _heldOut).Figures(Pictures, Texts) : [],
        ];
    }

    /// <inheritdoc/>
    public void Preview(string path)
    {
        if (Whole?.Phrases is { } book)
            new ZeroShotAccuracy(book, _heldOut).Write(path, Pictures, Texts);
        else
            FeaturePreview.Write(path, _vision, _recipe.Conventions, _heldOut);
    }

    /// <inheritdoc/>
    public void Export(string folder)
    {
        var text = _text
            .state_dict()
            .Concat(_head.state_dict())
            .ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
        var type = Whole is null ? ScalarType.Float32 : ScalarType.BFloat16;
        BackboneFolder.Write(folder, _recipe.Conventions, (_vision.Config, type), _vision.state_dict(), (_text.Config, text));
        Whole?.WriteBeside(folder);
    }

    // [B, B], pictures down.
    private Tensor Cosines(Tensor images, IReadOnlyList<string> captions)
    {
        using var scope = NewDisposeScope();
        return ContrastiveLoss.Cosines(Pictures(images), Texts(captions)).MoveToOuterDisposeScope();
    }

    // [B, E]
    private Tensor Pictures(Tensor images)
    {
        using var scope = NewDisposeScope();
        var tokens = _vision.HiddenStates(_recipe.Conventions.Normalise(images), _vision.Config.Depth); // [B, T, D]
        return _vision.Project(_vision.Norm(tokens.select(1, 0))).MoveToOuterDisposeScope();
    }

    // [B, E], float32
    private Tensor Texts(IReadOnlyList<string> texts)
    {
        using var scope = NewDisposeScope();
        using var encoded = _text.Encode(_tokenizer.EncodeBatch(texts));
        return _head.call(encoded.Pooled).MoveToOuterDisposeScope();
    }

    private static double Found(Tensor cosines, string[] captions)
    {
        using var scope = NewDisposeScope();
        var nearest = cosines.argmax(1).cpu().data<long>().ToArray();
        return nearest.Index().Count(found => captions[found.Item] == captions[found.Index]) / (double)captions.Length;
    }
}
