using Lumen.Core.Processes;
using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>
/// Mean square of what changes in features when only the appearance of a picture does - D of
/// <see cref="BasisOptions.AppearancePenalty"/> - or only the noise of the extraction; in float64.
/// </summary>
internal sealed class AppearanceMoments(int channels) : IDisposable
{
    private Tensor? _sum; // [C, C], where the differences are
    private long _count;

    /// <summary>Whether no difference has come in.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Takes in differences between the features of altered, or again read, pictures and of the pictures themselves.</summary>
    /// <param name="differences">[n, C], float64.</param>
    public void Add(Tensor differences)
    {
        Shape.Require(differences, nameof(differences), $"[n, {channels}]", s => s is [_, var c] && c == channels);
        using var scope = NewDisposeScope();
        _sum ??= zeros([channels, channels], ScalarType.Float64, differences.device).DetachFromDisposeScope();
        _sum.add_(differences.t().mm(differences));
        _count += differences.shape[0];
    }

    /// <summary>Takes in what all processes have seen; each then has all of it, on the processor.</summary>
    public void Combine(ICommunicator processes)
    {
        if (processes.Size == 1)
            return;
        using var scope = NewDisposeScope();
        Span<double> count = [_count];
        processes.Sum(count);
        var sum = _sum is null ? zeros([channels, channels], ScalarType.Float64) : _sum.cpu();
        processes.Sum(SharedGrid.Values(sum));
        if (!ReferenceEquals(sum, _sum))
            _sum?.Dispose();
        (_sum, _count) = (sum.DetachFromDisposeScope(), (long)count[0]);
    }

    /// <summary>D of some neighbouring channels, [c, c] float64 on the processor; the caller disposes it.</summary>
    public Tensor Mean(int start, int width)
    {
        using var scope = NewDisposeScope();
        var sum = _sum?.cpu() ?? zeros([channels, channels], ScalarType.Float64, CPU);
        return (sum.narrow(0, start, width).narrow(1, start, width) / Math.Max(_count, 1)).MoveToOuterDisposeScope();
    }

    public void Dispose() => _sum?.Dispose();
}
