namespace Lumen.Training.Data;

/// <summary>
/// A pseudo-random permutation of 0...n-1 that gives any element without storing the others: a four-round Feistel network with cycle
/// walking (Black and Rogaway 2002).
/// </summary>
public static class Shuffle
{
    /// <summary>The element at <paramref name="position"/> of the permutation that belongs to <paramref name="key"/>.</summary>
    /// <param name="key">Chooses the permutation.</param>
    /// <param name="position">0...<paramref name="count"/>-1.</param>
    /// <param name="count">Length of the permutation.</param>
    public static int At(ulong key, int position, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, count);
        var half = 1;
        while (1L << (2 * half) < count)
            half++;
        var mask = (1u << half) - 1;
        var value = (uint)position;
        do
        {
            var (left, right) = (value >> half, value & mask);
            for (var round = 0u; round < 4; round++)
                (left, right) = (right, left ^ (Hash(right, key + round) & mask));
            value = (left << half) | right;
        } while (value >= count);
        return (int)value;
    }

    private static uint Hash(uint x, ulong key)
    {
        var h = (x + 0x9E3779B97F4A7C15UL) * (key | 1);
        h ^= (h >> 29) ^ (key >> 17);
        h *= 0xBF58476D1CE4E5B9UL;
        return (uint)(h >> 32);
    }
}
