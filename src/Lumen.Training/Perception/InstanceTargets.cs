using Lumen.Training.Data;

namespace Lumen.Training.Perception;

/// <summary>
/// Centres and offsets of one picture's things, as Panoptic-DeepLab is trained with (Cheng et al. 2020): the centre is the mean of the
/// visible pixels, the heat map a Gaussian around it whose width grows with the object, so that the centres of small neighbours stay apart.
/// </summary>
internal static class InstanceTargets
{
    private const double SigmaOfSide = 0.12,
        LeastSigma = 1,
        LargestSigma = 4;

    /// <summary>Writes the targets of a picture.</summary>
    /// <param name="packed">Its labels.</param>
    /// <param name="size">Width and height.</param>
    /// <param name="things">Classes that are things.</param>
    /// <param name="heat">[H, W], zero before.</param>
    /// <param name="heatKnown">[H, W].</param>
    /// <param name="offsets">[2, H, W], zero before.</param>
    /// <param name="offsetsKnown">[H, W], zero before.</param>
    public static void Write(
        Span<byte> packed,
        (int Width, int Height) size,
        IReadOnlyList<int> things,
        Span<float> heat,
        Span<float> heatKnown,
        Span<float> offsets,
        Span<float> offsetsKnown
    )
    {
        var labels = PackedLabels.Labels(packed);
        var instances = PackedLabels.Instances(packed);
        var centres = new Dictionary<ushort, (long X, long Y, int Count)>();
        var lacking = false;
        for (var i = 0; i < labels.Length; i++)
        {
            heatKnown[i] = labels[i] == LabelledPicture.Ignore ? 0 : 1;
            if (!Contains(things, labels[i]))
                continue;
            lacking |= instances[i] == 0;
            if (instances[i] == 0)
                continue;
            var (x, y, count) = centres.GetValueOrDefault(instances[i]);
            centres[instances[i]] = (x + i % size.Width, y + i / size.Width, count + 1);
        }
        if (lacking)
            heatKnown.Clear(); // things without instance ids: their centres are not known
        for (var i = 0; i < labels.Length; i++)
        {
            if (instances[i] == 0 || !Contains(things, labels[i]))
                continue;
            var (x, y, count) = centres[instances[i]];
            offsets[i] = (float)(x / (double)count - i % size.Width);
            offsets[labels.Length + i] = (float)(y / (double)count - i / size.Width);
            offsetsKnown[i] = 1;
        }
        foreach (var (x, y, count) in centres.Values)
            Blob(heat, size, (x / (double)count, y / (double)count), Math.Clamp(SigmaOfSide * Math.Sqrt(count), LeastSigma, LargestSigma));
    }

    private static void Blob(Span<float> heat, (int Width, int Height) size, (double X, double Y) centre, double sigma)
    {
        var reach = 3 * sigma;
        for (
            var y = Math.Max(0, (int)Math.Ceiling(centre.Y - reach));
            y <= Math.Min(size.Height - 1, (int)Math.Floor(centre.Y + reach));
            y++
        )
        {
            for (
                var x = Math.Max(0, (int)Math.Ceiling(centre.X - reach));
                x <= Math.Min(size.Width - 1, (int)Math.Floor(centre.X + reach));
                x++
            )
            {
                var square = (x - centre.X) * (x - centre.X) + (y - centre.Y) * (y - centre.Y);
                ref var value = ref heat[y * size.Width + x];
                value = Math.Max(value, (float)Math.Exp(-square / (2 * sigma * sigma)));
            }
        }
    }

    private static bool Contains(IReadOnlyList<int> things, byte label)
    {
        for (var i = 0; i < things.Count; i++)
            if (things[i] == label)
                return true;
        return false;
    }
}
