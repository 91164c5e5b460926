using System.Globalization;

namespace Lumen.Layouts;

/// <summary>Pictures that a basis was not made for: their layouts leave out far more than those of the pictures it was fitted to.</summary>
/// <param name="Pictures">Pictures that were looked at.</param>
/// <param name="Far">How many of them are, each for itself, farther than a picture of the fit's kind can be.</param>
/// <param name="Average">Their mean relative error, 0...1.</param>
/// <param name="Worst">Number of the picture with the largest error.</param>
/// <param name="WorstError">Its error.</param>
/// <param name="Known">The errors of pictures of the fit.</param>
public sealed record BasisDrift(int Pictures, int Far, double Average, int Worst, double WorstError, ResidualStatistics Known)
{
    /// <summary>Looks at some pictures.</summary>
    /// <param name="basis">The basis.</param>
    /// <param name="errors">The relative error of each picture, as <see cref="LayoutBasis.RelativeError"/> and
    /// <c>ExtractedLayout.RelativeError</c> give it.</param>
    /// <returns>Null where they are of the kind that the basis knows, or where the basis does not say what it was fitted to.</returns>
    public static BasisDrift? Of(LayoutBasis basis, IReadOnlyList<double> errors)
    {
        if (errors.Count == 0 || basis.Report?.Residuals is not { } known)
            return null;
        var (far, average) = (errors.Count(error => error > known.Limit()), errors.Average());
        if (far == 0 && average <= known.Limit(errors.Count))
            return null;
        var worst = Enumerable.Range(0, errors.Count).MaxBy(index => errors[index]);
        return new BasisDrift(errors.Count, far, average, worst, errors[worst], known);
    }

    /// <summary>The drift in words.</summary>
    /// <param name="nameOfWorst">What the picture of number <see cref="Worst"/> is called.</param>
    public string Describe(string nameOfWorst)
    {
        var usual = string.Create(
            CultureInfo.InvariantCulture,
            $"{Known.Mean * 100:0.0} % of those it was fitted to ({Known.Largest * 100:0.0} % at most)"
        );
        var seen =
            Pictures == 1
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"It leaves out {WorstError * 100:0.0} % of the features of {nameOfWorst}, but {usual}."
                )
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"It leaves out {Average * 100:0.0} % of the features of these {Pictures} pictures on average ({nameOfWorst}: "
                        + $"{WorstError * 100:0.0} %), but {usual}."
                );
        return $"The basis was fitted to pictures of another kind. {seen}";
    }
}
