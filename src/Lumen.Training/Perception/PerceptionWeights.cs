namespace Lumen.Training.Perception;

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
