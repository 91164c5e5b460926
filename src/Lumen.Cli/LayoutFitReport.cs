using System.Globalization;
using Lumen.Layouts;

namespace Lumen.Cli;

/// <summary>
/// What <c>lumen layout fit</c> tells about a basis: how much it keeps, and whether borders, outliers or position have a hand in the
/// leading components.
/// </summary>
internal static class LayoutFitReport
{
    private const double StrongBorder = 1.5;
    private const double WeakBorder = 1.25;
    private const double ManyOutliers = 0.001;
    private const double MostlyPosition = 0.75;

    /// <summary>The lines, with advice where a guard is off that would help.</summary>
    public static IEnumerable<string> Lines(LayoutBasis basis)
    {
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"fitted   {basis.Components} of {basis.Channels} components to {basis.Report!.Pictures} pictures; they keep "
                + $"{basis.Principal.ExplainedVarianceRatio.Sum() * 100:0.0} % of the variance"
        );
        var residuals = basis.Report.Residuals;
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"pictures {residuals.Mean * 100:0.0} % of a picture's variance is left out on average (standard deviation "
                + $"{residuals.Deviation * 100:0.0}, at most {residuals.Largest * 100:0.0}); above {residuals.Limit() * 100:0.0} % "
                + $"there will be a warning"
        );
        if (Borders(basis.Report, basis.Options) is { } borders)
            yield return borders;
        yield return Outliers(basis.Report, basis.Options);
        yield return Position(basis);
    }

    private static string? Borders(FitReport report, BasisOptions options)
    {
        if (report.BorderEnergies.Count == 0)
            return null;
        var rings = string.Join(
            ", ",
            report.BorderEnergies.Select(energy => string.Create(CultureInfo.InvariantCulture, $"{energy:0.00}"))
        );
        var seen = string.Create(
            CultureInfo.InvariantCulture,
            $"borders  the outermost rings of cells have {rings} times the energy of the cells inside"
        );
        if (options.BorderCells > 0)
            return string.Create(CultureInfo.InvariantCulture, $"{seen}; {options.BorderCells} left out of the fit");
        if (report.BorderEnergies[0] < StrongBorder)
            return seen;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{seen}; --border-cells {report.BorderEnergies.TakeWhile(energy => energy >= WeakBorder).Count()} would leave them out "
                + $"of the fit"
        );
    }

    private static string Outliers(FitReport report, BasisOptions options)
    {
        var seen = string.Create(
            CultureInfo.InvariantCulture,
            $"outliers {report.OutlierShare * 100:0.00} % of the cells exceed {report.OutlierLimit:0.##} times their picture's "
                + $"median norm, the largest {report.LargestNorm:0.0} times"
        );
        if (options.MaxNormRatio is not null)
            return $"{seen}; they were clipped to it";
        return report.OutlierShare < ManyOutliers
            ? seen
            : string.Create(CultureInfo.InvariantCulture, $"{seen}; --max-norm-ratio {report.OutlierLimit:0.##} would clip them");
    }

    private static string Position(LayoutBasis basis)
    {
        if (basis.Options.SubtractPositionMean)
            return "position the mean of each position was subtracted";
        if (basis.PositionCorrelations.Count == 0)
            return "position not known: the pictures differ in size";
        var shares = basis.Report!.PositionShares;
        var parts = basis.PositionCorrelations.Select(
            (correlation, k) =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"PC {k + 1} x {correlation.X:+0.00;-0.00} y {correlation.Y:+0.00;-0.00}, {shares[k] * 100:0} %"
                )
        );
        var seen =
            $"position correlation with column and row, and share of the variance that position alone explains: {string.Join("; ", parts)}";
        return shares.Take(basis.PositionCorrelations.Count).Any(share => share > MostlyPosition)
            ? $"{seen}; --subtract-position-mean would take it out"
            : seen;
    }
}
