using Lumen.Core.Tensors;

namespace Lumen.Training.Data;

/// <summary>
/// The order of batches where pictures have several shapes and a batch has one: drawn anew each epoch, and known from the batch's number
/// alone. An epoch has as many batches of each shape as its pictures fill; what is left over is carried to the next epoch, so that in the
/// long run every picture is seen equally often. A shape with fewer pictures than a batch repeats them.
/// </summary>
/// <param name="buckets">The pictures of each shape.</param>
/// <param name="batch">Samples of a batch.</param>
internal sealed class BucketOrder(IReadOnlyList<int[]> buckets, int batch)
{
    /// <summary>The pictures of one batch.</summary>
    /// <param name="random">The run's stream.</param>
    /// <param name="number">Batches before it.</param>
    public int[] Indices(RandomStream random, long number)
    {
        var epoch = EpochOf(number);
        var (first, count) = (Before(epoch), (int)(Before(epoch + 1) - Before(epoch)));
        var at = Shuffle.At(random.For(-1).For(epoch).Seed, (int)(number - first), count);
        var bucket = 0;
        for (int some; at >= (some = (int)(Before(bucket, epoch + 1) - Before(bucket, epoch))); bucket++)
            at -= some;
        var (pictures, position) = (buckets[bucket], (Before(bucket, epoch) + at) * batch);
        var stream = random.For(-2 - bucket);
        return
        [
            .. Enumerable
                .Range(0, batch)
                .Select(i => position + i)
                .Select(place =>
                    pictures[Shuffle.At(stream.For(place / pictures.Length).Seed, (int)(place % pictures.Length), pictures.Length)]
                ),
        ];
    }

    private long Before(int bucket, long epoch) => epoch * buckets[bucket].Length / batch;

    private long Before(long epoch) => Enumerable.Range(0, buckets.Count).Sum(bucket => Before(bucket, epoch));

    // The last one that begins with the batch or before it.
    private long EpochOf(long number)
    {
        var (low, high) = (0L, 1L);
        while (Before(high) <= number)
            (low, high) = (high, 2 * high);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (Before(middle) <= number)
                low = middle;
            else
                high = middle;
        }
        return low;
    }
}
