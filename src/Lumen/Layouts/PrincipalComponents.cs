using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>
/// Principal components of rows, equal to scikit-learn's full-SVD <c>PCA</c> up to sign. Here the sign is fixed: the entry of largest
/// magnitude of each component is positive (of entries equal to nine digits the first counts), so that a refit gives the same bits.
/// </summary>
public sealed class PrincipalComponents : IDisposable
{
    internal PrincipalComponents(Tensor mean, Tensor components, IReadOnlyList<double> spectrum, double totalVariance, long count)
    {
        Mean = mean.DetachFromDisposeScope();
        Components = components.DetachFromDisposeScope();
        Spectrum = spectrum;
        TotalVariance = totalVariance;
        RowCount = count;
    }

    /// <summary>[C], float64.</summary>
    public Tensor Mean { get; }

    /// <summary>[N, C], orthonormal rows by descending variance, float64.</summary>
    public Tensor Components { get; }

    /// <summary>N, components kept.</summary>
    public int Count => (int)Components.shape[0];

    /// <summary>C, channels of a row.</summary>
    public int Channels => (int)Components.shape[1];

    /// <summary>Rows the components were fitted to.</summary>
    public long RowCount { get; }

    /// <summary>Variance (divided by n - 1) along every principal direction, descending, kept or not: min(n, C) numbers.</summary>
    public IReadOnlyList<double> Spectrum { get; }

    /// <summary>What the directions are ordered by, descending: the variances, less what a nuisance counts against them.</summary>
    internal IReadOnlyList<double> Worths { get; private init; } = [];

    /// <summary>Sum of the variances of all channels.</summary>
    public double TotalVariance { get; }

    /// <summary>scikit-learn's <c>explained_variance_</c>: variance along each kept component.</summary>
    public IReadOnlyList<double> ExplainedVariance => [.. Spectrum.Take(Count)];

    /// <summary>scikit-learn's <c>explained_variance_ratio_</c>: share of the total variance of each kept component.</summary>
    public IReadOnlyList<double> ExplainedVarianceRatio => [.. ExplainedVariance.Select(v => v / TotalVariance)];

    /// <summary>scikit-learn's <c>singular_values_</c> of the centred rows.</summary>
    public IReadOnlyList<double> SingularValues => [.. ExplainedVariance.Select(v => Math.Sqrt(v * (RowCount - 1)))];

    /// <summary>scikit-learn's <c>noise_variance_</c>: mean variance of the directions left out, 0 if there are none.</summary>
    public double NoiseVariance => Count < Spectrum.Count ? Spectrum.Skip(Count).Average() : 0;

    /// <summary>All min(n, C) components of the rows behind these moments.</summary>
    /// <exception cref="LumenException">Fewer than two rows were seen.</exception>
    public static PrincipalComponents Fit(StreamingMoments moments) => Fit(moments, null);

    // With a nuisance, [C, C] float64, the directions are those of the covariance less it, in its order; their variances are the rows' own
    // and need not descend.
    internal static PrincipalComponents Fit(StreamingMoments moments, Tensor? nuisance)
    {
        if (moments.Count < 2)
            throw new LumenException(
                LumenErrorKind.Model,
                $"Principal components need at least 2 rows of features but {moments.Count} were given."
            );
        using var scope = NewDisposeScope();
        var covariance = moments.Scatter() / (moments.Count - 1.0); // [C, C]
        var (values, vectors) = linalg.eigh(nuisance is null ? covariance : covariance - nuisance); // ascending; vectors in columns
        var worths = values;
        if (nuisance is not null)
            values = vectors.t().mm(covariance).mul(vectors.t()).sum(1);
        var kept = Math.Min(moments.Count, moments.Channels);
        var components = vectors.t().flip(0).narrow(0, 0, kept); // [min(n, C), C]
        var spectrum = values.flip(0).narrow(0, 0, kept).clamp_min(0).contiguous().data<double>().ToArray();
        return new PrincipalComponents(
            moments.Mean(),
            FixSigns(components),
            spectrum,
            covariance.diagonal().sum().item<double>(),
            moments.Count
        )
        {
            Worths = worths.flip(0).narrow(0, 0, kept).contiguous().data<double>().ToArray(),
        };
    }

    /// <summary>Only the first components. Inputs stay as they are.</summary>
    public PrincipalComponents First(int components)
    {
        if (components < 1 || components > Count)
            throw new LumenException(
                LumenErrorKind.Model,
                $"{components} components were asked for, but {RowCount} rows of {Channels} channels give 1 to {Count}."
            );
        using var scope = NewDisposeScope();
        return new PrincipalComponents(Mean.clone(), Components.narrow(0, 0, components).clone(), Spectrum, TotalVariance, RowCount);
    }

    /// <summary>
    /// The fewest components whose variances together exceed this share of the whole (scikit-learn's <c>n_components</c> between 0 and 1).
    /// </summary>
    public PrincipalComponents Covering(double share)
    {
        if (!(share is > 0 and < 1))
            throw new LumenException(
                LumenErrorKind.Option,
                FormattableString.Invariant($"The share of variance must lie between 0 and 1 but is {share}.")
            );
        var (sum, components) = (0.0, 0);
        while (components < Count && sum <= share)
            sum += Spectrum[components++] / TotalVariance;
        return First(components);
    }

    /// <summary>
    /// Other axes of the same subspace: coordinates along them are those along these, times the rotation. Variances stay those of the
    /// principal directions.
    /// </summary>
    /// <param name="rotation">[N, N], orthogonal, float64.</param>
    public PrincipalComponents Rotated(Tensor rotation)
    {
        Shape.Require(rotation, nameof(rotation), $"[{Count}, {Count}]", s => s is [var n, var m] && n == Count && m == Count);
        using var scope = NewDisposeScope();
        return new PrincipalComponents(Mean.clone(), rotation.mm(Components), Spectrum, TotalVariance, RowCount);
    }

    /// <summary>
    /// The same components with scikit-learn's signs (<c>svd_flip</c> on U): of each column of the projected rows the largest magnitude is
    /// positive.
    /// </summary>
    public PrincipalComponents WithSignsOf(Tensor rows)
    {
        using var scope = NewDisposeScope();
        var projected = Transform(rows); // [n, N]
        var peak = projected.gather(0, projected.abs().argmax(0).unsqueeze(0)); // [1, N]
        var signs = peak.lt(0).to(ScalarType.Float64).mul(-2).add(1).t().cpu(); // [N, 1]
        return new PrincipalComponents(Mean.clone(), Components * signs, Spectrum, TotalVariance, RowCount);
    }

    /// <summary>Coordinates of rows along the components.</summary>
    /// <param name="rows">[n, C], any floating type.</param>
    /// <param name="whiten">Divide each by its standard deviation over the fitted rows.</param>
    /// <returns>[n, N], float64, where the rows are.</returns>
    public Tensor Transform(Tensor rows, bool whiten = false)
    {
        Shape.Require(rows, nameof(rows), $"[n, {Channels}]", s => s is [_, var c] && c == Channels);
        using var scope = NewDisposeScope();
        var wide = DoublePrecision.Of(rows);
        var projected = (wide - Mean.to(wide.device)).mm(Components.to(wide.device).t());
        return (whiten ? projected / Deviations(wide.device) : projected).MoveToOuterDisposeScope();
    }

    /// <summary>Rows from coordinates: the inverse of <see cref="Transform"/> but for what the components left out.</summary>
    /// <param name="coordinates">[n, N], any floating type.</param>
    /// <param name="whiten">Whether the coordinates are whitened.</param>
    /// <returns>[n, C], float64, where the coordinates are.</returns>
    public Tensor InverseTransform(Tensor coordinates, bool whiten = false)
    {
        Shape.Require(coordinates, nameof(coordinates), $"[n, {Count}]", s => s is [_, var n] && n == Count);
        using var scope = NewDisposeScope();
        var wide = DoublePrecision.Of(coordinates);
        var scaled = whiten ? wide * Deviations(wide.device) : wide;
        return (scaled.mm(Components.to(wide.device)) + Mean.to(wide.device)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Mean.Dispose();
        Components.Dispose();
    }

    internal static Tensor FixSigns(Tensor components)
    {
        using var scope = NewDisposeScope();
        var values = components.contiguous().data<double>().ToArray();
        var width = (int)components.shape[1];
        for (var start = 0; start < values.Length; start += width)
        {
            var row = values.AsSpan(start, width);
            var largest = 0.0;
            foreach (var value in row)
                largest = Math.Max(largest, Math.Abs(value));
            var first = 0;
            while (Math.Abs(row[first]) < largest * (1 - 1e-9))
                first++;
            if (row[first] >= 0)
                continue;
            foreach (ref var value in row)
                value = -value;
        }

        return tensor(values, components.shape[0], components.shape[1], dtype: ScalarType.Float64).MoveToOuterDisposeScope();
    }

    // A direction without variance has no scale to divide by; scikit-learn uses the smallest positive step in the same place.
    private Tensor Deviations(Device device) =>
        tensor(ExplainedVariance.Select(v => Math.Max(Math.Sqrt(v), double.Epsilon)).ToArray(), ScalarType.Float64, device);
}
