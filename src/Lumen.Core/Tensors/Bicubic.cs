using static TorchSharp.torch;

namespace Lumen.Core.Tensors;

/// <summary>
/// Bicubic resizing as two small matrix products, half-pixel centres: PyTorch's <c>interpolate(mode="bicubic", align_corners=False)</c>,
/// with or without <c>antialias</c>. The two differ in more than smoothing: the plain one has a = -0.75 and repeats borders, the
/// antialiased one a = -0.5 and leaves out what lies beyond them.
/// </summary>
public static class Bicubic
{
    private const double Plain = -0.75;
    private const double Smooth = -0.5;
    private const int Reach = 2;

    /// <summary>Resizes maps.</summary>
    /// <param name="maps">[B, C, h, w], floating point.</param>
    /// <param name="height">New height.</param>
    /// <param name="width">New width.</param>
    /// <param name="antialias">Widen the kernel where maps shrink.</param>
    /// <param name="scale">New over old size, down and across, where that is not the ratio of the sizes (PyTorch's <c>scale_factor</c>);
    /// null for the ratio.</param>
    /// <returns>[B, C, height, width].</returns>
    public static Tensor Resize(Tensor maps, long height, long width, bool antialias = false, (double Down, double Across)? scale = null)
    {
        Shape.Require(maps, nameof(maps), "[B, C, h, w]", s => s.Length == 4);
        using var scope = NewDisposeScope();
        var columns = Weights(maps.shape[3], width, antialias, scale?.Across, maps); // [width, w]
        var rows = Weights(maps.shape[2], height, antialias, scale?.Down, maps); // [height, h]
        var wide = nn.functional.linear(maps, columns); // [B, C, h, width]
        return nn.functional.linear(wide.transpose(2, 3), rows).transpose(2, 3).contiguous().MoveToOuterDisposeScope();
    }

    private static Tensor Weights(long from, long to, bool antialias, double? scale, Tensor like)
    {
        var weights = new float[to * from];
        var step = scale is { } given ? 1 / given : from / (double)to; // old cells for each new one
        for (var i = 0L; i < to; i++)
        {
            var row = weights.AsSpan((int)(i * from), (int)from);
            if (antialias)
                Spread(row, (i + 0.5) * step, Math.Max(step, 1));
            else
                Sample(row, (i + 0.5) * step - 0.5);
        }
        return tensor(weights, to, from).to(like.device).to_type(like.dtype);
    }

    private static void Sample(Span<float> row, double place)
    {
        var first = (int)Math.Floor(place) - 1;
        for (var i = first; i < first + 2 * Reach; i++)
            row[Math.Clamp(i, 0, row.Length - 1)] += (float)Kernel(place - i, Plain);
    }

    private static void Spread(Span<float> row, double centre, double wide)
    {
        var first = Math.Max((int)(centre - Reach * wide + 0.5), 0);
        var last = Math.Min((int)(centre + Reach * wide + 0.5), row.Length);
        var sum = 0.0;
        for (var i = first; i < last; i++)
            sum += Kernel((i + 0.5 - centre) / wide, Smooth);
        for (var i = first; i < last; i++)
            row[i] = (float)(Kernel((i + 0.5 - centre) / wide, Smooth) / sum);
    }

    // Keys 1981.
    private static double Kernel(double x, double a)
    {
        var d = Math.Abs(x);
        return d switch
        {
            < 1 => ((a + 2) * d - (a + 3)) * d * d + 1,
            < 2 => ((d - 5) * d + 8) * d * a - 4 * a,
            _ => 0,
        };
    }
}
