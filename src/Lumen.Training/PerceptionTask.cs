using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Training.Perception;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training;

/// <summary>Trains a perception network on labelled pictures, all heads together.</summary>
public sealed class PerceptionTask : ITrainingTask
{
    private const int BatchSize = 16;
    private const int PreviewPictures = 6;
    private readonly PerceptionData _train;
    private readonly PerceptionData _heldOut;
    private readonly PerceptionOptions _options;
    private readonly Tensor? _classWeights;

    /// <param name="network">The network to train.</param>
    /// <param name="train">Training pictures.</param>
    /// <param name="heldOut">Pictures for the figures.</param>
    /// <param name="options">Augmentation, weights of the losses, number of held-out pictures.</param>
    /// <exception cref="LumenException">The augmentation is out of range, or network and pictures have other classes.</exception>
    public PerceptionTask(PerceptionNetwork network, PerceptionData train, PerceptionData heldOut, PerceptionOptions options)
    {
        options.Augmentation.Validate();
        network.Config.Classes.RequireSame(train.Classes);
        network.Config.Classes.RequireSame(heldOut.Classes);
        (Network, _train, _heldOut, _options) = (network, train, heldOut.First(options.ValidationPictures), options);
        if (network.Config.Semantics && options.Weights.ClassBalance > 0)
            _classWeights = tensor(train.ClassWeights(options.Weights.ClassBalance)).to(network.Placement.Device).DetachFromDisposeScope();
    }

    /// <summary>The network in training.</summary>
    public PerceptionNetwork Network { get; }

    /// <inheritdoc/>
    public RunRecord? Record => _options.Record;

    /// <inheritdoc/>
    public string Name => "perception";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Module> Trained => new Dictionary<string, Module> { ["perception"] = Network };

    /// <inheritdoc/>
    public Tensor Loss(long microBatch, int batch, RandomStream random)
    {
        using var scope = NewDisposeScope();
        var varied = _options.Augmentation.Apply(_train.Batch(_train.Indices(random, microBatch, batch)), random.For(microBatch));
        return LossOf(varied).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public double ValidationPasses(int heldOut) => 2.0 * heldOut;

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, double>> Validate()
    {
        var figures = new PerceptionFigures(Network.Config.Classes);
        var evaluator = new PerceptionEvaluator(Network); // not disposed: the network stays in training
        var loss = 0.0;
        foreach (var indices in Enumerable.Range(0, _heldOut.Count).Chunk(BatchSize))
        {
            using var scope = NewDisposeScope();
            var batch = _heldOut.Batch(indices);
            loss += LossOf(batch).item<float>() * indices.Length;
            figures.Add(evaluator.Evaluate(batch.Images), [.. indices.Select(index => _heldOut[index])]);
        }
        return
        [
            new("validation_loss", loss / _heldOut.Count),
            .. figures.Report().All.Where(figure => !figure.Key.StartsWith("iou/", StringComparison.Ordinal)),
        ];
    }

    /// <inheritdoc/>
    public void Preview(string path)
    {
        using var scope = NewDisposeScope();
        var truths = Enumerable.Range(0, Math.Min(PreviewPictures, _heldOut.Count)).Select(index => _heldOut[index]).ToArray();
        var evaluation = new PerceptionEvaluator(Network).Evaluate([.. truths.Select(truth => truth.Picture)]);
        PngWriter.WriteRgb(path, PerceptionDrawing.Sheet([.. truths.Select(truth => truth.Picture)], evaluation, Network.Config.Classes));
    }

    /// <inheritdoc/>
    public void Export(string folder) => Network.Save(folder);

    private Tensor LossOf(PerceptionBatch batch)
    {
        var placed = batch.Select(tensor => tensor.to(Network.Placement.Device));
        return PerceptionLoss.Of(Network.Predict(placed.Images), placed, _options.Weights, _classWeights);
    }
}
