using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Models.Vision;

/// <summary>
/// A family of vision transformers: how its weights are named and what its networks agree on. Sizes are read off the weights.
/// </summary>
/// <param name="Name">What users call it: <c>dinov2</c>.</param>
/// <param name="Namings">Known namings; the first whose marker a file holds is its.</param>
public sealed record BackboneFamily(string Name, IReadOnlyList<WeightNaming> Namings) : IBackboneType
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Markers => [.. Namings.Select(naming => naming.Marker)];

    /// <summary>Mean of the colours in [0, 1] that pictures are normalised with.</summary>
    public IReadOnlyList<double> Mean { get; init; } = ImageNetMean;

    /// <summary>Standard deviation of the same.</summary>
    public IReadOnlyList<double> Std { get; init; } = ImageNetStd;

    /// <summary>Epsilon of the norms.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>Feed-forward layers, unless the weights are SwiGLU's.</summary>
    public VisionFeedForward FeedForward { get; init; } = VisionFeedForward.Gelu;

    /// <summary>Whether there are networks of this family with another activation, which nothing in their weights tells.</summary>
    public bool HasOtherActivations { get; init; }

    /// <summary>
    /// Offset and smoothing of interpolated positions, by the number of registers; see
    /// <see cref="VisionTransformerConfig.PositionOffset"/>.
    /// </summary>
    public Func<int, (double Offset, bool Antialias)> Positions { get; init; } = _ => (0, false);

    /// <summary>Whether its networks have a class token.</summary>
    public bool HasClassToken { get; init; } = true;

    /// <summary>Widths of attention heads where they are not 64, by the width of the tokens; a configuration overrides them.</summary>
    public IReadOnlyDictionary<long, int> HeadWidths { get; init; } = new Dictionary<long, int>();

    /// <summary>
    /// Why weights are of a variant that is not supported, from the shapes of their tensors (behind the prefix, null where there is none);
    /// null where they are supported.
    /// </summary>
    public Func<Func<string, IReadOnlyList<long>?>, string?> Refusal { get; init; } = _ => null;

    /// <summary>Whether tokens are taken with the final norm.</summary>
    public bool NormsTokens { get; init; } = true;

    /// <summary>The layer whose features are taken unless another is asked for; negative numbers count from the end.</summary>
    public int DefaultLayer { get; init; } = -1;

    /// <summary>What is taken of it unless something else is asked for.</summary>
    public VisionFacet DefaultFacet { get; init; } = VisionFacet.Token;

    /// <inheritdoc/>
    public Backbone Open(
        Checkpoint checkpoint,
        string? config,
        Placement placement,
        string? activation,
        CancellationToken stop = default
    ) =>
        VisionBackbone.Load(
            checkpoint,
            config,
            placement,
            activation is null ? null : BackboneWeights.ActivationOf(activation),
            [this],
            stop
        );

    /// <summary>Pictures as the family's networks take them.</summary>
    /// <param name="images">[B, 3, H, W], -1...1, float32.</param>
    /// <returns>[B, 3, H, W], about zero mean and unit variance in each channel, float32.</returns>
    public Tensor Normalise(Tensor images)
    {
        using var scope = NewDisposeScope();
        return ((images / 2 + 0.5 - Colour(Mean, images)) / Colour(Std, images)).MoveToOuterDisposeScope();
    }

    private static Tensor Colour(IReadOnlyList<double> values, Tensor like) =>
        tensor(values.Select(value => (float)value).ToArray()).view(1, 3, 1, 1).to(like.device);

    private static readonly double[] ImageNetMean = [0.485, 0.456, 0.406];
    private static readonly double[] ImageNetStd = [0.229, 0.224, 0.225];
}
