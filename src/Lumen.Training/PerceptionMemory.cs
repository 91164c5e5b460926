using Lumen.Training.Perception;

namespace Lumen.Training;

/// <summary>The memory that training a perception network takes.</summary>
/// <param name="Network">The network.</param>
/// <param name="Held">Pictures of a folder, which are held in memory; 0 for scenes.</param>
internal sealed record PerceptionMemory(PerceptionConfig Network, long Held) : MemoryForecast
{
    private const int BytesAPixel = 13; // of a picture with its labels in memory
    private const int BatchValues = 16; // a pixel in float32: picture, labels (64 bits), depth, normals, centres, offsets, headings, masks
    private const int Batches = 2; // as it was read, and as it was varied
    private const int Gradients = 3; // maps that the backward pass has at once

    private readonly long _network = Count(at => new PerceptionNetwork(Network, at));

    /// <inheritdoc/>
    public override long Trained => _network;

    /// <inheritdoc/>
    protected override double Holes => 0.125;

    /// <inheritdoc/>
    protected override bool HasReplicas => false;

    /// <inheritdoc/>
    public override MemoryPeak Of(int side, TrainingOptions training)
    {
        var (batch, pixels) = (training.TrainBatchSize, (double)side * side);
        var kept = batch * pixels * (Bytes * Activations + sizeof(float) * (Losses + Batches * BatchValues));
        var moment = batch * Bytes * Gradients * 2 * Network.Widths[0] * pixels / 4;
        var largest = 9.0 * Network.Widths.Max() * Network.Widths.Max();
        return new MemoryPeak([
            .. Common(training),
            ("networks", Bytes * _network),
            ("pictures and labels", Held * BytesAPixel * pixels),
            ("a step's activations and gradients", moment + WeightGradient(largest, 1) + Math.Max((1 + Holes) * kept, Bytes * _network)),
        ]);
    }

    // Values kept a pixel of the picture. A block keeps the results of its first convolution, of both activations, and its own; norms keep
    // their inputs, activations their results.
    private double Activations
    {
        get
        {
            var (fine, middle, coarse) = (Network.Widths[0], Network.Widths[1], Network.Widths[2]);
            var half = 12 + fine * (1 + 4 + 1 + 4 + 1 + 2); // quads, stem, level, sum, merge, norm, neck
            var quarter = middle * (1 + 4 + 1 + 4); // down, level, sum, merge
            var eighth = coarse * (1 + 4 * Network.ContextBlocks + 1);
            return half / 4.0 + quarter / 16.0 + eighth / 64.0;
        }
    }

    // Values in float32 kept a pixel: what all heads say; the classes' logarithms; differences and what they are multiplied by.
    private double Losses
    {
        get
        {
            var classes = Network.Classes.Count;
            return classes
                + (Network.Depth ? 1 + 2 : 0)
                + (Network.Normals ? 3 + 7 : 0)
                + (Network.Instances ? 3 + 3 : 0)
                + (Network.Orientation ? 2 + 3 : 0)
                + classes;
        }
    }
}
