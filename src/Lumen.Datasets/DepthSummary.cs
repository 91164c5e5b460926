namespace Lumen.Datasets;

/// <summary>The depth of some label files of one role in numbers.</summary>
/// <param name="Role">Which label files.</param>
/// <param name="Files">How many were read.</param>
/// <param name="Least">Smallest value that is not 0, as stored.</param>
/// <param name="Most">Largest value, as stored.</param>
/// <param name="Zeros">Share of pixels that are 0, which is no depth.</param>
/// <param name="StepsPerMetre">Steps a metre that the layout asks for; null where the values are no metres.</param>
public sealed record DepthSummary(string Role, int Files, int Least, int Most, double Zeros, float? StepsPerMetre)
{
    /// <summary>
    /// The file with the smallest median (as stored), and that with the largest: where they lie a fixed factor apart, files of several
    /// scales may be mixed.
    /// </summary>
    public ((string Name, int Median) Near, (string Name, int Median) Far) Medians { get; init; }
}
