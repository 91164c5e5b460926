using System.Runtime.InteropServices;
using Lumen.Core.Processes;
using static TorchSharp.torch;

namespace Lumen.Core.Tensors;

/// <summary>
/// Running mean and C x C scatter matrix in float64: all that PCA needs, in memory that does not depend on how many rows are seen. Batches
/// are combined by the update of Chan, Golub and LeVeque (1983), which never subtracts large sums. Rows of float32 or less are multiplied
/// in float32, a block at a time and with the mean of their piece taken away first, and summed in float64: as exact as their own digits,
/// and three times as fast as products in float64.
/// </summary>
public sealed class StreamingMoments : IDisposable
{
    // Bounds the copies of a batch; larger batches are taken in pieces.
    private const long RowsAtOnce = 16384;
    private const long BlockRows = 2048; // summed in float32
    private const long BlockChannels = 160; // the scatter is symmetric: blocks below the diagonal are not computed

    private Tensor _mean; // [C], where the first rows were
    private Tensor _scatter; // [C, C], sum of (x - mean)(x - mean)^T

    /// <summary>Empty moments of rows with this many channels.</summary>
    public StreamingMoments(int channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        Channels = channels;
        (_mean, _scatter) = Zeros(CPU);
    }

    /// <summary>C, channels of a row.</summary>
    public int Channels { get; }

    /// <summary>Rows seen so far.</summary>
    public long Count { get; private set; }

    /// <summary>A copy of the mean: [C], float64 on the processor.</summary>
    public Tensor Mean() => _mean.cpu().clone();

    /// <summary>A copy of the scatter matrix, the sum of (x - mean)(x - mean)^T: [C, C], float64 on the processor.</summary>
    public Tensor Scatter() => _scatter.cpu().clone();

    /// <summary>Takes in a batch of rows. Sums are kept on the device of the first one, if it has float64.</summary>
    /// <param name="rows">[n, C], finite, any floating type and device.</param>
    /// <exception cref="LumenException">A value is not finite; nothing of that piece is taken in.</exception>
    public void Add(Tensor rows)
    {
        Shape.Require(rows, nameof(rows), $"[n, {Channels}]", s => s is [_, var c] && c == Channels);
        if (Count == 0)
            Move(DoublePrecision.DeviceFor(rows));
        for (long start = 0; start < rows.shape[0]; start += RowsAtOnce)
        {
            using var scope = NewDisposeScope();
            var piece = rows.narrow(0, start, Math.Min(RowsAtOnce, rows.shape[0] - start)).detach().to(_mean.device); // [m, C]
            var (mean, scatter) = piece.dtype == ScalarType.Float64 ? Exact(piece) : Blockwise(piece);
            if (!scatter.isfinite().all().item<bool>())
                throw new LumenException(
                    LumenErrorKind.Format,
                    "The features hold values that are not finite (NaN or infinity). Check the backbone's weights and compute type."
                );
            Combine(piece.shape[0], mean, scatter);
        }
    }

    /// <summary>Takes in everything another object has seen, as if its rows had been added here.</summary>
    public void Merge(StreamingMoments other)
    {
        if (other.Channels != Channels)
            throw new ArgumentException(
                $"Moments of {other.Channels} channels cannot be merged into moments of {Channels}.",
                nameof(other)
            );
        if (other.Count > 0)
            Combine(other.Count, other._mean.to(_mean.device), other._scatter.to(_mean.device));
    }

    /// <summary>Takes in what all processes have seen; each then has the moments of all rows, on the processor.</summary>
    public void Combine(ICommunicator processes)
    {
        if (processes.Size == 1)
            return;
        using var scope = NewDisposeScope();
        Span<double> counts = [Count];
        processes.Sum(counts);
        if (counts[0] == 0)
            return;
        var own = _mean.cpu();
        var mean = own * (Count / counts[0]);
        processes.Sum(Values(mean));
        var delta = own - mean;
        var scatter = (_scatter.cpu() + delta.outer(delta) * (double)Count).contiguous();
        processes.Sum(Values(scatter));
        Dispose();
        (_mean, _scatter, Count) = (mean.DetachFromDisposeScope(), scatter.DetachFromDisposeScope(), (long)counts[0]);

        static Span<double> Values(Tensor values) => MemoryMarshal.Cast<byte, double>(values.bytes);
    }

    /// <summary>
    /// These moments after each group's own mean has been subtracted from its rows: zero mean, and the scatter between groups taken out.
    /// </summary>
    /// <param name="means">The groups' means [G, C], float64; all groups are of one size.</param>
    /// <param name="rows">Rows of each group.</param>
    public StreamingMoments Without(Tensor means, long rows)
    {
        using var scope = NewDisposeScope();
        var between = means.cpu() - _mean.cpu();
        var result = new StreamingMoments(Channels) { Count = Count };
        result._scatter.copy_(_scatter.cpu() - between.t().mm(between) * rows);
        return result;
    }

    /// <summary>The moments of some neighbouring channels alone.</summary>
    public StreamingMoments Narrow(int start, int channels)
    {
        using var scope = NewDisposeScope();
        var result = new StreamingMoments(channels) { Count = Count };
        result._mean.copy_(_mean.cpu().narrow(0, start, channels));
        result._scatter.copy_(_scatter.cpu().narrow(0, start, channels).narrow(1, start, channels));
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _mean.Dispose();
        _scatter.Dispose();
    }

    private (Tensor Mean, Tensor Scatter) Zeros(Device device) =>
        (
            zeros([Channels], ScalarType.Float64, device).DetachFromDisposeScope(),
            zeros([Channels, Channels], ScalarType.Float64, device).DetachFromDisposeScope()
        );

    private void Move(Device device)
    {
        if (device.type == _mean.device_type && device.index == _mean.device_index)
            return;
        Dispose();
        (_mean, _scatter) = Zeros(device);
    }

    private static (Tensor Mean, Tensor Scatter) Exact(Tensor piece)
    {
        var mean = piece.mean([0]);
        var centred = piece - mean;
        return (mean, centred.t().mm(centred));
    }

    private (Tensor Mean, Tensor Scatter) Blockwise(Tensor piece)
    {
        var shift = piece.narrow(0, 0, Math.Min(BlockRows, piece.shape[0])).mean([0]).to_type(ScalarType.Float32); // [C], near the mean
        var (sum, scatter) = (
            zeros([Channels], ScalarType.Float64, piece.device),
            zeros([Channels, Channels], ScalarType.Float64, piece.device)
        );
        for (long row = 0; row < piece.shape[0]; row += BlockRows)
        {
            using var block = NewDisposeScope();
            var part = piece.narrow(0, row, Math.Min(BlockRows, piece.shape[0] - row)).to_type(ScalarType.Float32);
            var centred = part - shift; // [b, C]
            sum.add_(centred.sum(dim: 0));
            for (long left = 0; left < Channels; left += BlockChannels)
            {
                var width = Math.Min(BlockChannels, Channels - left);
                scatter
                    .narrow(0, left, width)
                    .narrow(1, left, Channels - left)
                    .add_(centred.narrow(1, left, width).t().mm(centred.narrow(1, left, Channels - left)));
            }
        }
        var rest = sum / (double)piece.shape[0]; // from the shift to the mean
        var whole = scatter.triu().add_(scatter.triu(1).t());
        return (rest + shift, whole.sub_(rest.outer(sum)));
    }

    private void Combine(long count, Tensor mean, Tensor scatter)
    {
        using var scope = NewDisposeScope();
        var total = Count + count;
        var delta = mean - _mean;
        _scatter.add_(scatter).add_(delta.outer(delta), Count * (double)count / total);
        _mean.add_(delta, count / (double)total);
        Count = total;
    }
}
