using System.Text.Json.Serialization;

namespace Lumen.Layouts;

/// <summary>
/// What the fit of a basis saw besides the components: whether borders, outliers or mere position could have taken them over, and how well
/// pictures are reconstructed.
/// </summary>
/// <param name="Pictures">Pictures of the fit.</param>
/// <param name="Residuals">Relative reconstruction errors of a sample of them.</param>
/// <param name="OutlierLimit">The norm, as a multiple of a picture's median norm, above which a cell counts as an outlier.</param>
/// <param name="OutlierShare">Share of the cells above it, 0...1, before any clipping.</param>
/// <param name="LargestNorm">The largest norm of a cell as a multiple of its picture's median norm.</param>
public sealed record FitReport(long Pictures, ResidualStatistics Residuals, double OutlierLimit, double OutlierShare, double LargestNorm)
{
    /// <summary>
    /// Energy of the outermost ring of cells, the second and the third, as multiples of the energy of the cells inside; empty if the
    /// pictures of the fit had different sizes or few cells.
    /// </summary>
    public IReadOnlyList<double> BorderEnergies { get; init; } = [];

    /// <summary>
    /// Share of the variance of each leading component (eight at most) that position alone explains, 0...1; empty if the pictures had
    /// different sizes or the mean of each position is subtracted.
    /// </summary>
    public IReadOnlyList<double> PositionShares { get; init; } = [];

    /// <summary>What the pictures were: the data set and its part, or the folder; null where nobody said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Data { get; init; }

    internal bool IsUsable => Residuals.IsUsable;
}
