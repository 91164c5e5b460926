using Lumen.Core.Tensors;

namespace Lumen.Training.Backbones;

/// <summary>
/// Masks of random rectangles of patches (Bao et al. 2021, <c>MaskingGenerator</c>), filled up by single patches so that each masks exactly
/// as many as asked for.
/// </summary>
internal static class PatchMask
{
    private const int SmallestBlock = 4;
    private const int Attempts = 10;
    private const double NarrowestAspect = 0.3;

    /// <summary>Draws a mask.</summary>
    /// <param name="side">Patches along each side.</param>
    /// <param name="count">Patches to mask.</param>
    /// <param name="random">The mask's stream.</param>
    /// <returns>side · side entries, row-major; true is masked.</returns>
    public static bool[] Draw(int side, int count, RandomStream random)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, side * side);
        var masked = new bool[side * side];
        var done = 0;
        for (var attempt = 0; attempt < Attempts && count - done >= SmallestBlock; attempt++)
            done += Block(masked, side, count - done, random.For(attempt));
        for (var draw = 0L; done < count; draw++)
        {
            ref var patch = ref masked[random.For(-1).IndexAt(draw, masked.Length)];
            if (patch)
                continue;
            patch = true;
            done++;
        }
        return masked;
    }

    // Masks what is not masked yet in one rectangle of at most so many patches.
    private static int Block(bool[] masked, int side, int most, RandomStream random)
    {
        var area = SmallestBlock + (most - SmallestBlock) * random.UniformAt(0);
        var aspect = Math.Exp((2 * random.UniformAt(1) - 1) * -Math.Log(NarrowestAspect));
        var height = Math.Clamp((int)Math.Sqrt(area * aspect), 1, side);
        var width = Math.Clamp((int)(area / height), 1, side);
        var (top, left) = ((int)random.IndexAt(2, side - height + 1), (int)random.IndexAt(3, side - width + 1));
        var added = 0;
        for (var y = top; y < top + height; y++)
        {
            for (var x = left; x < left + width; x++)
            {
                if (masked[y * side + x])
                    continue;
                masked[y * side + x] = true;
                added++;
            }
        }
        return added;
    }
}
