using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>
/// scikit-learn's <c>IncrementalPCA</c> (Ross et al. 2008): an approximation that keeps only N directions between batches. Layouts use the
/// exact
/// <see cref="StreamingMoments"/>; this one serves where C x C does not fit in memory, and to compare with results made that way.
/// </summary>
internal sealed class IncrementalPca(int components) : IDisposable
{
    private PrincipalComponents? _state;
    private Tensor? _squares; // [C], sum of squared deviations of each channel

    /// <summary>The components after the batches so far; valid until the next batch.</summary>
    public PrincipalComponents Result => _state ?? throw new InvalidOperationException("No batch has been added.");

    /// <summary>Takes in one batch: <c>partial_fit</c>.</summary>
    /// <param name="rows">[n, C] with n and C at least N, any floating type.</param>
    public void Add(Tensor rows)
    {
        Shape.Require(
            rows,
            nameof(rows),
            $"[n, C] with n and C at least {components}",
            s => s is [var n, var c] && n >= components && c >= components
        );
        using var scope = NewDisposeScope();
        var batch = rows.detach().cpu().to(ScalarType.Float64); // [n, C]
        var (seen, added) = (_state?.RowCount ?? 0, batch.shape[0]);
        var total = seen + added;
        var batchMean = batch.mean([0]);
        var centred = batch - batchMean;
        var delta = _state is null ? zeros_like(batchMean) : batchMean - _state.Mean;
        var squares = centred.square().sum(dim: 0) + delta.square() * (seen * (double)added / total);
        if (_squares is not null)
            squares = squares + _squares;
        var mean = _state is null ? batchMean : _state.Mean + delta * (added / (double)total);
        if (_state is not null)
        {
            var past = _state.Components * tensor(_state.SingularValues.ToArray(), dtype: ScalarType.Float64).unsqueeze(1);
            centred = vstack([past, centred, -delta.unsqueeze(0) * Math.Sqrt(seen / (double)total * added)]); // [N + n + 1, C]
        }

        var (_, singular, directions) = linalg.svd(centred, fullMatrices: false); // [min], [min, C]
        var spectrum = singular.square() / (total - 1.0);
        var next = new PrincipalComponents(
            mean,
            PrincipalComponents.FixSigns(directions.narrow(0, 0, components)),
            spectrum.data<double>().ToArray(),
            squares.sum().item<double>() / (total - 1.0),
            total
        );
        _state?.Dispose();
        _squares?.Dispose();
        (_state, _squares) = (next, squares.DetachFromDisposeScope());
    }

    /// <summary>Takes in all rows in batches of this size: <c>fit</c>. A rest smaller than N joins the batch before it.</summary>
    public void AddAll(Tensor rows, int batchSize)
    {
        if (batchSize < components)
            throw new LumenException(
                LumenErrorKind.Model,
                $"The batch size {batchSize} is smaller than the {components} components to fit."
            );
        for (long start = 0, next; start < rows.shape[0]; start = next)
        {
            next = start + batchSize;
            if (next + components > rows.shape[0])
                next = rows.shape[0];
            using var batch = rows.narrow(0, start, next - start);
            Add(batch);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _state?.Dispose();
        _squares?.Dispose();
    }
}
