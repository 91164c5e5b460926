namespace Lumen.Training.Perception;

/// <summary>
/// Joins the pixels of things to instances: each points at a centre, and those of one class that point nearest to the same centre are one
/// object (Cheng et al. 2020, Panoptic-DeepLab).
/// </summary>
public sealed record InstanceGrouping
{
    /// <summary>A peak of the heat map below this is no centre.</summary>
    public float Threshold { get; init; } = 0.15f;

    /// <summary>A peak is the highest value within so many pixels in both directions.</summary>
    public int Radius { get; init; } = 3;

    /// <summary>Groups of fewer pixels are no objects.</summary>
    public int LeastPixels { get; init; } = 6;

    /// <summary>Groups the pixels of one picture.</summary>
    /// <param name="labels">Class ids, [H, W].</param>
    /// <param name="heat">Heat map of centres, [H, W].</param>
    /// <param name="offsets">From each pixel to its centre in pixels, x then y, [2, H, W].</param>
    /// <param name="size">Width and height.</param>
    /// <param name="things">Classes that are things.</param>
    /// <returns>[H, W]: 1, 2, ... by the first pixel of each object in reading order, 0 where there is none.</returns>
    public int[] Group(
        ReadOnlySpan<long> labels,
        ReadOnlySpan<float> heat,
        ReadOnlySpan<float> offsets,
        (int Width, int Height) size,
        IReadOnlyList<int> things
    )
    {
        var groups = new int[labels.Length];
        var peaks = Peaks(heat, size);
        if (peaks.Count == 0)
            return groups;
        var (keys, counts) = (new long[labels.Length], new Dictionary<long, int>());
        for (var i = 0; i < labels.Length; i++)
        {
            if (!things.Contains((int)labels[i]))
                continue;
            var key =
                labels[i] * peaks.Count + Nearest(peaks, i % size.Width + offsets[i], i / size.Width + offsets[labels.Length + i]) + 1;
            keys[i] = key;
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }
        var ids = new Dictionary<long, int>();
        for (var i = 0; i < keys.Length; i++)
        {
            if (keys[i] == 0 || counts[keys[i]] < LeastPixels)
                continue;
            if (!ids.TryGetValue(keys[i], out var id))
                ids[keys[i]] = id = ids.Count + 1;
            groups[i] = id;
        }
        return groups;
    }

    // Of equal neighbours the first one in reading order is the peak.
    private List<(int X, int Y)> Peaks(ReadOnlySpan<float> heat, (int Width, int Height) size)
    {
        var peaks = new List<(int, int)>();
        for (var i = 0; i < heat.Length; i++)
        {
            if (heat[i] >= Threshold && IsHighest(heat, size, i))
                peaks.Add((i % size.Width, i / size.Width));
        }
        return peaks;
    }

    private bool IsHighest(ReadOnlySpan<float> heat, (int Width, int Height) size, int place)
    {
        var (column, row) = (place % size.Width, place / size.Width);
        for (var y = Math.Max(0, row - Radius); y <= Math.Min(size.Height - 1, row + Radius); y++)
        {
            for (var x = Math.Max(0, column - Radius); x <= Math.Min(size.Width - 1, column + Radius); x++)
            {
                var other = y * size.Width + x;
                if (heat[other] > heat[place] || (heat[other] == heat[place] && other < place))
                    return false;
            }
        }
        return true;
    }

    private static int Nearest(List<(int X, int Y)> peaks, float x, float y)
    {
        var (best, least) = (0, float.MaxValue);
        for (var i = 0; i < peaks.Count; i++)
        {
            var distance = (peaks[i].X - x) * (peaks[i].X - x) + (peaks[i].Y - y) * (peaks[i].Y - y);
            if (distance < least)
                (best, least) = (i, distance);
        }
        return best;
    }
}
