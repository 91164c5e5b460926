namespace Lumen.Conditions;

/// <summary>
/// Inverse depth from 0 (farthest in the picture) to 1 (nearest), each picture by itself: what ControlNets for depth were trained on, where
/// MiDaS gave it.
/// </summary>
internal static class RelativeDepth
{
    /// <summary>From depth in metres. Pixels without depth are as far as the farthest.</summary>
    public static float[] FromMetres(ReadOnlySpan<float> depth)
    {
        var inverse = new float[depth.Length];
        var farthest = float.PositiveInfinity;
        for (var i = 0; i < inverse.Length; i++)
        {
            inverse[i] = depth[i] > 0 && float.IsFinite(depth[i]) ? 1 / depth[i] : float.NaN;
            if (inverse[i] < farthest)
                farthest = inverse[i];
        }
        for (var i = 0; i < inverse.Length; i++)
        {
            if (float.IsNaN(inverse[i]))
                inverse[i] = float.IsFinite(farthest) ? farthest : 0;
        }
        return Stretched(inverse);
    }

    /// <summary>Stretches values to 0...1; all 0 where they are equal.</summary>
    public static float[] Stretched(ReadOnlySpan<float> values)
    {
        var (low, high) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (var value in values)
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        var stretched = new float[values.Length];
        if (!(high > low))
            return stretched;
        for (var i = 0; i < stretched.Length; i++)
            stretched[i] = (values[i] - low) / (high - low);
        return stretched;
    }
}
