using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training.Perception;

/// <summary>
/// The losses of a perception network, each a mean over the pixels that are known; pixels that are not known give no gradient, and a batch
/// without any known pixel gives a loss of 0.
/// </summary>
internal static class PerceptionLoss
{
    /// <summary>The weighted sum over the heads.</summary>
    /// <param name="maps">What the network says.</param>
    /// <param name="batch">What is true.</param>
    /// <param name="weights">Weights of the heads.</param>
    /// <param name="classWeights">[K] float32, or null to weigh all pixels alike.</param>
    /// <returns>A scalar with a gradient, float32.</returns>
    public static Tensor Of(PerceptionMaps maps, PerceptionBatch batch, PerceptionWeights weights, Tensor? classWeights = null)
    {
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        if (maps.Semantic is not null)
            parts.Add(weights.Semantic * Semantic(maps.Semantic, batch.Labels, classWeights));
        if (maps.LogDepth is not null)
            parts.Add(weights.Depth * Depth(maps.LogDepth, batch.Depth));
        if (maps.Normals is not null)
            parts.Add(weights.Normals * Normals(maps.Normals, batch.Normals));
        if (maps.Centres is not null)
            parts.Add(weights.Centres * Mean((maps.Centres - batch.Centres).square(), batch.CentresKnown));
        if (maps.Offsets is not null)
            parts.Add(
                weights.Offsets
                    * Mean((maps.Offsets - batch.Offsets / PerceptionMaps.OffsetUnit).abs().sum(1, keepdim: true), batch.OffsetsKnown)
            );
        if (maps.Heading is not null)
            parts.Add(
                weights.Heading
                    * Mean(
                        (maps.Heading - batch.Heading).square().sum(1, keepdim: true),
                        Length(batch.Heading).gt(0.5).to_type(ScalarType.Float32)
                    )
            );
        return stack(parts).sum().MoveToOuterDisposeScope();
    }

    /// <summary>Cross-entropy; each known pixel counts with its class' weight.</summary>
    /// <param name="logits">[B, K, H, W].</param>
    /// <param name="labels">[B, H, W] int64.</param>
    /// <param name="classWeights">[K], or null.</param>
    public static Tensor Semantic(Tensor logits, Tensor labels, Tensor? classWeights = null)
    {
        using var scope = NewDisposeScope();
        var sum = functional.cross_entropy(logits, labels, classWeights, PerceptionBatch.Ignore, Reduction.Sum);
        var known = labels.ne(PerceptionBatch.Ignore);
        var count = classWeights is null
            ? known.sum().to_type(ScalarType.Float32)
            : (classWeights.index_select(0, labels.clamp(0, logits.shape[1] - 1).flatten()) * known.flatten()).sum();
        return (sum / count.clamp_min(1e-6)).MoveToOuterDisposeScope();
    }

    private static Tensor Depth(Tensor logDepth, Tensor metres)
    {
        var known = metres.gt(0).to_type(ScalarType.Float32);
        return Mean((logDepth - (metres.clamp_min(1e-3) / PerceptionMaps.DepthUnit).log()).abs(), known);
    }

    // The true normals are a little shorter or longer than 1: they were kept in 8 bits.
    private static Tensor Normals(Tensor normals, Tensor truth)
    {
        var length = Length(truth); // [B, 1, H, W]
        var cosine = (normals * truth).sum(1, keepdim: true) / length.clamp_min(0.5);
        return Mean(1 - cosine, length.gt(0.5).to_type(ScalarType.Float32));
    }

    private static Tensor Length(Tensor vectors) => vectors.square().sum(1, keepdim: true).sqrt();

    private static Tensor Mean(Tensor values, Tensor known) => (values * known).sum() / known.sum().clamp_min(1);
}

/// <summary>How much each head's loss counts.</summary>
public sealed record PerceptionWeights
{
    /// <summary>Cross-entropy of the classes.</summary>
    public double Semantic { get; init; } = 1;

    /// <summary>Exponent of <see cref="PerceptionData.ClassWeights"/>: 0 weighs all pixels alike, 1 all classes.</summary>
    public double ClassBalance { get; init; } = 0.25;

    /// <summary>Mean absolute difference of the logarithms of depth.</summary>
    public double Depth { get; init; } = 1;

    /// <summary>1 - cosine of the normals.</summary>
    public double Normals { get; init; } = 1;

    /// <summary>Squared error of the heat map of centres.</summary>
    public double Centres { get; init; } = 5;

    /// <summary>Absolute error of the offsets, in units of eight pixels.</summary>
    public double Offsets { get; init; } = 0.3;

    /// <summary>Squared error of (sin, cos) of headings.</summary>
    public double Heading { get; init; } = 0.3;
}
