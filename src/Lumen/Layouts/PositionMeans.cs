using Lumen.Core.Processes;
using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>
/// Mean feature at each cell over all pictures, in float64: shows how much of a component is mere position, and can be subtracted.
/// </summary>
internal sealed class PositionMeans : IDisposable
{
    private Tensor? _mean; // [C, h, w]

    /// <summary>Pictures seen.</summary>
    public long Pictures { get; private set; }

    /// <summary>Whether all pictures had one grid; if not, there is nothing to say about positions.</summary>
    public bool SameGrid { get; private set; } = true;

    /// <summary>A copy of the means: [C, h, w], float64 on the processor.</summary>
    public Tensor Mean() => _mean!.cpu().clone();

    /// <summary>Takes in prepared features [B, C, h, w], float64.</summary>
    public void Add(Tensor features)
    {
        Shape.Require(features, nameof(features), "[B, C, h, w]", s => s.Length == 4);
        if (!SameGrid)
            return;
        using var scope = NewDisposeScope();
        var mean = features.mean([0]); // [C, h, w]
        if (_mean is null)
            _mean = zeros(mean.shape, ScalarType.Float64, mean.device).DetachFromDisposeScope();
        else if (!_mean.shape.SequenceEqual(mean.shape))
        {
            SameGrid = false;
            return;
        }

        Pictures += features.shape[0];
        _mean.add_((mean - _mean) * (features.shape[0] / (double)Pictures));
    }

    /// <summary>Takes in what all processes have seen; each then has the means of all pictures.</summary>
    public void Combine(ICommunicator processes)
    {
        if (SharedGrid.Of(processes, _mean, SameGrid) is not { } shape)
        {
            SameGrid = processes.Size == 1 && SameGrid;
            return;
        }
        using var scope = NewDisposeScope();
        Span<double> count = [Pictures];
        processes.Sum(count);
        var mean = _mean is null ? zeros(shape, ScalarType.Float64) : _mean.cpu() * (Pictures / count[0]);
        processes.Sum(SharedGrid.Values(mean));
        _mean?.Dispose();
        (_mean, Pictures) = (mean.DetachFromDisposeScope(), (long)count[0]);
    }

    /// <summary>Means of the cells that are not within <paramref name="border"/> cells of a side: [P, C], on the processor.</summary>
    public Tensor Interior(int border) => FeaturePreparation.Rows(_mean!.cpu().unsqueeze(0), border);

    /// <summary>Column and row of the same cells, each in [-1, 1]: [P, 2], float64.</summary>
    public Tensor Coordinates(int border)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (_mean!.shape[1], _mean.shape[2]);
        var x = linspace(-1, 1, width, dtype: ScalarType.Float64).unsqueeze(0).expand(height, width);
        var y = linspace(-1, 1, height, dtype: ScalarType.Float64).unsqueeze(1).expand(height, width);
        return FeaturePreparation.Rows(stack([x, y]).unsqueeze(0), border).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _mean?.Dispose();
}
