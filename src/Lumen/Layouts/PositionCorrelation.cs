using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>How much of a component is mere position.</summary>
/// <param name="X">Pearson correlation with the column, [-1, 1].</param>
/// <param name="Y">Pearson correlation with the row, [-1, 1].</param>
public readonly record struct PositionCorrelation(double X, double Y)
{
    // All three at most: position signal that matters sits in the leading components.
    internal static PositionCorrelation[] Of(PrincipalComponents principal, PositionMeans positions, int border)
    {
        using var scope = NewDisposeScope();
        var means = principal.Transform(positions.Interior(border)); // [P, N]
        var places = positions.Coordinates(border); // [P, 2]
        var centred = places - places.mean([0]);
        var covariance = means.t().mm(centred) / places.shape[0]; // [N, 2]
        var spread = centred.square().mean([0]).sqrt(); // [2]
        return [.. Enumerable.Range(0, Math.Min(3, principal.Count)).Select(k => new PositionCorrelation(At(k, 0), At(k, 1)))];

        double At(int component, int axis)
        {
            var scale =
                Math.Sqrt(principal.Spectrum[component] * (principal.RowCount - 1) / principal.RowCount) * spread[axis].item<double>();
            return scale > 0 ? Math.Clamp(covariance[component, axis].item<double>() / scale, -1, 1) : 0;
        }
    }
}
