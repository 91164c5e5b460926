using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Models.Text;
using Lumen.Models.Vision;
using Lumen.Pretrained;
using static TorchSharp.torch;

namespace Lumen.Captioning;

/// <summary>
/// A whole CLIP (Radford et al. 2021; transformers <c>CLIPModel</c>): both towers, both projections and the learned scale of the cosines.
/// Computes in float32, whatever the weights are stored in. One thread at a time.
/// </summary>
public sealed class ClipModel : IDisposable
{
    private const string TextProjection = "text_projection.weight";
    private const string Scale = "logit_scale";
    private const string TextTower = "text_model.";

    private readonly VisionBackbone _vision;
    private readonly ClipTextModel _text;
    private readonly Tensor _textProjection; // [E, D]

    private ClipModel(VisionBackbone vision, ClipTextModel text, ClipTokenizer tokenizer, (Tensor Projection, double Scale) head)
    {
        (_vision, _text, Tokenizer) = (vision, text, tokenizer);
        (_textProjection, LogitScale) = head;
    }

    /// <summary>Cuts texts into tokens.</summary>
    public ClipTokenizer Tokenizer { get; }

    /// <summary>What cosines are multiplied with before the softmax: e to the power of the stored <c>logit_scale</c>; about 100.</summary>
    public double LogitScale { get; }

    /// <summary>Side in pixels of the square that pictures are brought to.</summary>
    public int ImageSize => _vision.NativeSize;

    /// <summary>SHA-256 of the picture tower; see <see cref="VisionBackbone.WeightsHash"/>.</summary>
    public string WeightsHash => _vision.WeightsHash;

    /// <summary>Opens a folder as transformers writes it.</summary>
    /// <param name="folder">Holds <c>config.json</c>, the weights as safetensors, <c>vocab.json</c> and <c>merges.txt</c>.</param>
    /// <param name="device">Where it computes.</param>
    /// <exception cref="LumenException">A file is missing, or the weights are not those of a whole CLIP.</exception>
    public static ClipModel Open(string folder, Device? device = null)
    {
        var placement = new Placement(device ?? CPU, ScalarType.Float32);
        using var checkpoint = Checkpoint.Open(folder);
        foreach (var name in new[] { TextProjection, Scale, "visual_projection.weight" })
            if (!checkpoint.Entries.ContainsKey(name))
                throw new LumenException(
                    LumenErrorKind.Model,
                    $"{folder} is not a whole CLIP: its weights have no {name}. Give the folder of a CLIPModel in the layout of "
                        + "transformers, such as that of openai/clip-vit-base-patch32."
                );
        var config =
            BackboneConfig.TextFor(folder, checkpoint.Description)
            ?? throw new LumenException(LumenErrorKind.File, $"{folder} holds no config.json, which says how large the text tower is.");
        var vision = VisionBackbone.Load(checkpoint, config, placement);
        ClipTextModel? text = null;
        try
        {
            var textConfig = ClipTextConfig.Parse(config);
            text = StateLoader.Build(
                at => new ClipTextModel(textConfig, at),
                placement,
                made =>
                    StateLoader.Load(
                        made,
                        checkpoint,
                        nameof(ClipTextModel),
                        ignore: name => !name.StartsWith(TextTower, StringComparison.Ordinal) || ClipTextModel.IsConstant(name)
                    )
            );
            text.eval();
            return new ClipModel(vision, text, ClipTokenizer.Load(folder), Head(checkpoint, textConfig, placement.Device));
        }
        catch
        {
            text?.Dispose();
            vision.Dispose();
            throw;
        }
    }

    /// <summary>Embeds texts.</summary>
    /// <param name="texts">One or more; longer ones are cut.</param>
    /// <returns>[T, E] of unit length, float32; the caller disposes it.</returns>
    public Tensor EmbedTexts(IReadOnlyList<string> texts)
    {
        ArgumentOutOfRangeException.ThrowIfZero(texts.Count);
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var output = _text.Encode(Tokenizer.EncodeBatch(texts).to(_textProjection.device));
        return Unit(output.Pooled.to_type(ScalarType.Float32).mm(_textProjection.t())).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Embeds pictures: the shorter side is brought to <see cref="ImageSize"/> (bicubic, antialiased) and the middle square is taken, as
    /// CLIP's own preprocessing does.
    /// </summary>
    /// <param name="pictures">One or more, of any sizes.</param>
    /// <returns>[B, E] of unit length, float32; the caller disposes it.</returns>
    public Tensor EmbedPictures(IReadOnlyList<Picture> pictures)
    {
        ArgumentOutOfRangeException.ThrowIfZero(pictures.Count);
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var squares = cat([.. pictures.Select(Square)], 0).to(_textProjection.device); // [B, 3, S, S]
        var network = _vision.Network;
        var tokens = network.HiddenStates(_vision.Weights.Family.Normalise(squares), network.Config.Depth); // [B, T, D]
        return Unit(network.Project(network.Norm(tokens.select(1, 0)))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _vision.Dispose();
        _text.Dispose();
        _textProjection.Dispose();
    }

    private static (Tensor Projection, double Scale) Head(Checkpoint checkpoint, ClipTextConfig config, Device device)
    {
        var entry = checkpoint.Entries[TextProjection];
        if (entry.Shape is not [_, var width] || width != config.HiddenSize)
            throw new LumenException(
                LumenErrorKind.Model,
                $"{TextProjection} of {checkpoint.Description} is {Shape.Text([.. entry.Shape])}; expected "
                    + $"[E, {config.HiddenSize}], the width of the text tower."
            );
        using var scope = NewDisposeScope();
        var scale = Math.Exp(checkpoint.Read(Scale, ScalarType.Float32).item<float>());
        var projection = checkpoint.Read(TextProjection, ScalarType.Float32).to(device);
        return (projection.DetachFromDisposeScope(), scale);
    }

    // [1, 3, S, S]
    private Tensor Square(Picture picture)
    {
        using var scope = NewDisposeScope();
        var image = PictureTensor.ToTensor(picture);
        var (height, width, side) = (image.shape[2], image.shape[3], (long)ImageSize);
        var shorter = Math.Min(height, width);
        var (rows, columns) = (Math.Max(side, side * height / shorter), Math.Max(side, side * width / shorter));
        var fitted = Bicubic.Resize(image, rows, columns, antialias: true).clamp(-1, 1);
        return fitted
            .narrow(2, (long)Math.Round((rows - side) / 2.0), side)
            .narrow(3, (long)Math.Round((columns - side) / 2.0), side)
            .contiguous()
            .MoveToOuterDisposeScope();
    }

    private static Tensor Unit(Tensor rows) => rows / rows.norm(1, keepdim: true);
}
