using System.Text.Json.Serialization;

namespace Lumen.Layouts;

/// <summary>How a basis is fitted. Everything here is recorded in the basis; what touches features is repeated at projection.</summary>
public sealed record BasisOptions
{
    /// <summary>N, components kept. At least 1, at most the channels of the features.</summary>
    public int Components { get; init; } = 20;

    /// <summary>What is done to each picture's features first.</summary>
    public FeatureNormalisation Normalisation { get; init; } = FeatureNormalisation.Standardise;

    /// <summary>Divide every component by its own standard deviation, as scikit-learn's <c>whiten=True</c>.</summary>
    public bool Whiten { get; init; }

    /// <summary>
    /// Cells at each side that are left out of the fit (not of projections): odd border tokens can take over leading components.
    /// </summary>
    public int BorderCells { get; init; }

    /// <summary>
    /// A cell whose feature norm exceeds this many times the picture's median norm is scaled down to it, in fit and projection; null leaves
    /// all cells alone.
    /// </summary>
    public double? MaxNormRatio { get; init; }

    /// <summary>
    /// Subtract the mean over the fitted pictures at each cell, in fit and projection: takes position signal out. All pictures of the fit
    /// must then have one size.
    /// </summary>
    public bool SubtractPositionMean { get; init; }

    /// <summary>
    /// How much the variance that a change of look causes counts against a direction: components are the leading eigenvectors of
    /// T - penalty * D, with T the covariance of the features and D the mean of d dᵀ over cells, d the difference between the features of a
    /// picture and of its altered copy in the same cell: the picture in other colours and light, or a variant of it in another look that
    /// was generated from its layout. 0 is plain PCA, 0.5 the covariance between the two views where what they change is independent, more
    /// prefers what does not change at all. Ours; the idea is nuisance attribute projection (Solomonoff et al. 2005). Needs altered copies
    /// at the fit only, no labels.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // older files have none, and keep their hash
    public double AppearancePenalty { get; init; }

    /// <summary>
    /// Seed of a random orthogonal matrix that turns the components (<see cref="RandomRotation"/>); null for the principal directions
    /// themselves. The subspace stays the same, the order by variance is lost.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? RotationSeed { get; init; }

    /// <summary>Checks every entry and reports all faults together.</summary>
    /// <exception cref="LumenException">An entry is out of range.</exception>
    public void Validate()
    {
        var faults = new List<(string Property, string Text)>();
        if (Components < 1)
            faults.Add((nameof(Components), $"components must be at least 1 but is {Components}"));
        if (!Enum.IsDefined(Normalisation))
            faults.Add((nameof(Normalisation), $"normalisation must be none, centre or standardise but is {(int)Normalisation}"));
        if (BorderCells < 0)
            faults.Add((nameof(BorderCells), $"border cells must not be negative but is {BorderCells}"));
        if (MaxNormRatio is { } ratio && !(ratio >= 1 && double.IsFinite(ratio)))
            faults.Add((nameof(MaxNormRatio), $"the norm ratio must be at least 1 but is {ratio}"));
        if (!(AppearancePenalty >= 0 && double.IsFinite(AppearancePenalty)))
            faults.Add((nameof(AppearancePenalty), $"the appearance penalty must not be negative but is {AppearancePenalty}"));
        if (RotationSeed is not null && Whiten)
            faults.Add((nameof(Whiten), "turned components have no variances of their own, so they cannot be whitened"));
        if (faults.Count > 0)
            throw new LumenException(
                LumenErrorKind.Option,
                $"The options of the layout basis cannot be used: {string.Join("; ", faults.Select(fault => fault.Text))}."
            )
            {
                Properties = [.. faults.Select(fault => fault.Property)],
            };
    }
}
