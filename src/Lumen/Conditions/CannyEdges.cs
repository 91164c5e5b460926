namespace Lumen.Conditions;

/// <summary>
/// Canny's edges (1986) with OpenCV's numbers, bit for bit (<c>cv2.Canny</c>, aperture 3): no smoothing, Sobel gradients with repeated
/// borders, of several channels the one with the largest gradient, thinning along one of four directions in fixed point, then weak edges
/// that touch strong ones.
/// </summary>
internal static class CannyEdges
{
    private const int Tangent22 = 13573; // tan(22.5°) in 15 bits

    /// <summary>Edges as 255, everything else 0.</summary>
    /// <param name="pixels">[H, W, channels] flattened.</param>
    /// <param name="size">Width, height and channels.</param>
    /// <param name="thresholds">A pixel above the high one begins an edge, above the low one it continues it.</param>
    /// <param name="euclidean">Gradient sqrt(dx² + dy²) instead of |dx| + |dy|.</param>
    public static byte[] Find(
        ReadOnlySpan<byte> pixels,
        (int Width, int Height, int Channels) size,
        (double Low, double High) thresholds,
        bool euclidean = false
    )
    {
        var (low, high) = (Math.Floor(Math.Min(thresholds.Low, thresholds.High)), Math.Floor(Math.Max(thresholds.Low, thresholds.High)));
        if (euclidean)
            (low, high) = (Squared(low), Squared(high));
        var field = Gradients(pixels, size, euclidean);
        var (edges, strong) = (new byte[size.Width * size.Height], new Stack<int>());
        for (var y = 0; y < size.Height; y++)
        {
            for (var x = 0; x < size.Width; x++)
            {
                var magnitude = field.At(x, y);
                if (!(magnitude > low) || !IsRidge(field, x, y, magnitude))
                    continue;
                edges[y * size.Width + x] = 1; // weak until it touches a strong one
                if (magnitude > high)
                    strong.Push(y * size.Width + x);
            }
        }
        Follow(edges, strong, size.Width, size.Height);
        return edges;
    }

    private static double Squared(double threshold) =>
        threshold > 0 ? Math.Min(threshold, short.MaxValue) * Math.Min(threshold, short.MaxValue) : threshold;

    private static Field Gradients(ReadOnlySpan<byte> pixels, (int Width, int Height, int Channels) size, bool euclidean)
    {
        var (width, height, channels) = size;
        var field = new Field(width, height);
        for (var y = 0; y < height; y++)
        {
            var (above, here, below) = (Math.Max(y - 1, 0) * width, y * width, Math.Min(y + 1, height - 1) * width);
            for (var x = 0; x < width; x++)
            {
                var (left, right) = (Math.Max(x - 1, 0), Math.Min(x + 1, width - 1));
                var best = -1;
                for (var channel = 0; channel < channels; channel++)
                {
                    int a = pixels[(above + left) * channels + channel],
                        b = pixels[(above + x) * channels + channel],
                        c = pixels[(above + right) * channels + channel];
                    int d = pixels[(here + left) * channels + channel],
                        f = pixels[(here + right) * channels + channel];
                    int g = pixels[(below + left) * channels + channel],
                        h = pixels[(below + x) * channels + channel],
                        i = pixels[(below + right) * channels + channel];
                    var (dx, dy) = (c - a + 2 * (f - d) + i - g, g - a + 2 * (h - b) + i - c);
                    var magnitude = euclidean ? dx * dx + dy * dy : Math.Abs(dx) + Math.Abs(dy);
                    if (magnitude <= best)
                        continue;
                    best = magnitude;
                    field.Set(x, y, dx, dy, magnitude);
                }
            }
        }
        return field;
    }

    // Larger than both neighbours across the edge; of two equal ones the first counts.
    private static bool IsRidge(Field field, int x, int y, int magnitude)
    {
        var (dx, dy) = field.Direction(x, y);
        long across = Math.Abs(dx),
            along = (long)Math.Abs(dy) << 15;
        var flat = across * Tangent22;
        if (along < flat)
            return magnitude > field.At(x - 1, y) && magnitude >= field.At(x + 1, y);
        if (along > flat + (across << 16))
            return magnitude > field.At(x, y - 1) && magnitude >= field.At(x, y + 1);
        var side = (dx ^ dy) < 0 ? -1 : 1;
        return magnitude > field.At(x - side, y - 1) && magnitude > field.At(x + side, y + 1);
    }

    private static void Follow(byte[] edges, Stack<int> strong, int width, int height)
    {
        foreach (var pixel in strong)
            edges[pixel] = 255;
        while (strong.TryPop(out var pixel))
        {
            var (x, y) = (pixel % width, pixel / width);
            for (var near = Math.Max(y - 1, 0); near <= Math.Min(y + 1, height - 1); near++)
            {
                for (var beside = Math.Max(x - 1, 0); beside <= Math.Min(x + 1, width - 1); beside++)
                {
                    var other = near * width + beside;
                    if (edges[other] != 1)
                        continue;
                    edges[other] = 255;
                    strong.Push(other);
                }
            }
        }
        for (var i = 0; i < edges.Length; i++)
            edges[i] = edges[i] == 255 ? (byte)255 : (byte)0;
    }

    /// <summary>Gradients with a frame of zeros around the magnitudes.</summary>
    private sealed class Field(int width, int height)
    {
        private readonly int[] _magnitudes = new int[(width + 2) * (height + 2)];
        private readonly (int X, int Y)[] _directions = new (int, int)[width * height];

        public int At(int x, int y) => _magnitudes[(y + 1) * (width + 2) + x + 1];

        public (int X, int Y) Direction(int x, int y) => _directions[y * width + x];

        public void Set(int x, int y, int dx, int dy, int magnitude) =>
            (_directions[y * width + x], _magnitudes[(y + 1) * (width + 2) + x + 1]) = ((dx, dy), magnitude);
    }
}
