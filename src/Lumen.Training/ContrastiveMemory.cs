using Lumen.Models.Text;
using Lumen.Models.Vision;
using Lumen.Training.Backbones;

namespace Lumen.Training;

/// <summary>The memory that training a CLIP takes: both towers see every picture and every caption of a batch at once.</summary>
/// <param name="Vision">The vision transformer.</param>
/// <param name="Text">The text encoder, which computes in float32 wherever it is.</param>
/// <param name="Resolution">Side of the whole pictures, of which views are trained on.</param>
internal sealed record ContrastiveMemory(VisionTransformerConfig Vision, ClipTextConfig Text, int Resolution) : MemoryForecast
{
    private const long KeptScores = 256 * 256; // of one head; above that attention keeps its inputs
    private const int PictureValues = 9; // a pixel in float32: the batch as it was read, its views, these normalised; three colours each
    private const int CosineValues = 6; // a pair of the batch in float32: cosines, logits, and both ways what their logarithms are of

    private readonly long _vision = Count(at => new VisionTransformer(Vision, at));
    private readonly long _text = Count(at => new ClipTextModel(Text, at)) + Text.HiddenSize * Vision.Projection + 1;

    /// <inheritdoc/>
    public override long Trained => _vision + _text;

    /// <inheritdoc/>
    public override string Side => "global_size";

    /// <inheritdoc/>
    public override bool SplitsBatches => false;

    /// <inheritdoc/>
    protected override double Unfolding => 9e7;

    /// <inheritdoc/>
    protected override double Holes => 0.3;

    /// <inheritdoc/>
    protected override bool HasReplicas => false;

    private TransformerActivations VisionLayer => new(Vision.Width, Vision.Hidden, Vision.FeedForward == VisionFeedForward.QuickGelu);

    private TransformerActivations TextLayer => new(Text.HiddenSize, Text.IntermediateSize, Text.Activation == ClipActivation.QuickGelu);

    /// <inheritdoc/>
    public override MemoryPeak Of(int side, TrainingOptions training)
    {
        var batch = (double)training.TrainBatchSize;
        var (ofVision, ofText) = (Bytes * _vision, (double)sizeof(float) * _text);
        return new MemoryPeak([
            .. Common(training),
            ("networks", ofVision + ofText),
            ("a step's activations and gradients", Math.Max(Step(side, batch, (ofVision, ofText)), Look())),
        ]);
    }

    // Texts come last on the way forward and go first on the way back: their gradients are there while the pictures' activations are, and
    // in the end all gradients are.
    private double Step(int side, double batch, (double Vision, double Text) gradients)
    {
        var (pictures, texts) = ((1 + Holes) * batch * Bytes * Pictures(side), (1 + Holes) * batch * sizeof(float) * Texts);
        var beside = sizeof(float) * batch * (PictureValues * Math.Pow(Math.Max(side, Resolution), 2) + CosineValues * batch);
        var momentOfPictures = batch * Bytes * Tokens(side) * VisionLayer.Gradients;
        var momentOfTexts = batch * sizeof(float) * Text.MaxPositions * TextLayer.Gradients;
        return beside
            + Math.Max(
                Math.Max(pictures + texts + momentOfTexts, pictures + gradients.Text + momentOfPictures),
                gradients.Text + gradients.Vision + momentOfPictures
            );
    }

    // Figures: pictures and captions at once, without a gradient; the text encoder's states are there from the first layer to the last.
    private double Look()
    {
        var pictures = Bytes * Tokens(Resolution) * VisionLayer.Pass;
        var texts = (double)sizeof(float) * Text.MaxPositions * ((Text.Layers + 1) * Text.HiddenSize + TextLayer.Pass);
        var pixels = (double)sizeof(float) * PictureValues * Resolution * Resolution;
        return ContrastiveTask.ValidationPictures * (pixels + Math.Max(pictures, texts));
    }

    // Values kept for a picture: its pixels, embedded patches, layers, and the scores that are kept.
    private double Pictures(int side)
    {
        var tokens = Tokens(side);
        var (_, perScore) = Kernels(1);
        var scores = tokens * tokens <= KeptScores ? Vision.Heads * tokens * tokens * perScore : 0;
        return 3.0 * side * side + tokens * (2 * Vision.Width + Vision.Depth * VisionLayer.Kept) + Vision.Depth * scores;
    }

    // Values kept for a caption: embedded tokens, layers, and the last norm.
    private double Texts => Text.MaxPositions * (3 * Text.HiddenSize + Text.Layers * TextLayer.Kept);

    private double Tokens(int side) => Math.Pow(side / Vision.Patch, 2) + 1;
}
