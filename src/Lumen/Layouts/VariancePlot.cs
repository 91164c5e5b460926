using Lumen.Imaging;

namespace Lumen.Layouts;

/// <summary>
/// The explained variance of a basis as a picture. Drawn here, because plotting libraries need fonts that a bare machine lacks.
/// </summary>
public static class VariancePlot
{
    private const int Width = 720,
        Height = 420,
        Left = 64,
        Right = 24,
        Top = 48,
        Bottom = 52,
        Smooth = 3;
    private const double Size = 13; // of letters
    private static readonly (byte, byte, byte) Ink = (48, 52, 60),
        Grid = (226, 229, 234),
        Bar = (86, 124, 186),
        Line = (214, 110, 52);

    /// <summary>Bars for each component's share of the variance, a line for their sum.</summary>
    public static Picture Draw(LayoutBasis basis)
    {
        var shares = basis.Principal.ExplainedVarianceRatio;
        var large = Picture.Filled(Width * Smooth, Height * Smooth, 255, 255, 255);
        for (var tick = 0; tick <= 10; tick += 2)
            Fill(large, Left, Y(tick / 10.0) - 0.5, Width - Right, Y(tick / 10.0) + 0.5, Grid);
        var slot = (Width - Left - Right) / (double)shares.Count;
        for (var k = 0; k < shares.Count; k++)
            Fill(large, Left + (k + 0.15) * slot, Y(shares[k]), Left + (k + 0.85) * slot, Y(0), Bar);
        var (sum, last) = (0.0, (X: 0.0, Y: 0.0));
        for (var k = 0; k < shares.Count; k++)
        {
            sum += shares[k];
            var point = (X: Left + (k + 0.5) * slot, Y: Y(sum));
            if (k > 0)
                Stroke(large, last, point);
            Fill(large, point.X - 3, point.Y - 3, point.X + 3, point.Y + 3, Line);
            last = point;
        }

        var plot = Resizing.Area(large, Width, Height);
        Write(plot, $"Explained variance: {shares.Count} of {basis.Channels} directions keep {sum * 100:0.0} %", Left, 8);
        Write(plot, "single", Left, 28, Bar);
        Write(plot, "summed", Left + 60, 28, Line);
        for (var tick = 0; tick <= 10; tick += 2)
            Write(
                plot,
                $"{tick * 10} %",
                Left - 8 - Lettering.Measure($"{tick * 10} %", Size),
                (int)Y(tick / 10.0) - Lettering.LineHeight(Size) / 2
            );
        var step = Math.Max(1, (int)Math.Ceiling(shares.Count / 20.0));
        for (var k = 0; k < shares.Count; k += step)
            Centre(plot, $"{k + 1}", (int)(Left + (k + 0.5) * slot), Height - Bottom + 8);
        Centre(plot, "component", (Left + Width - Right) / 2, Height - 20);
        return plot;
    }

    private static double Y(double share) => Height - Bottom - Math.Clamp(share, 0, 1) * (Height - Bottom - Top);

    private static void Write(Picture plot, string text, int left, int top, (byte, byte, byte)? colour = null) =>
        Lettering.Draw(plot, text, (left, top), colour ?? Ink, Size);

    private static void Centre(Picture plot, string text, int middle, int top) =>
        Write(plot, text, middle - Lettering.Measure(text, Size) / 2, top);

    private static void Stroke(Picture large, (double X, double Y) from, (double X, double Y) to)
    {
        var steps = (int)Math.Ceiling(Math.Max(Math.Abs(to.X - from.X), Math.Abs(to.Y - from.Y)) * Smooth) + 1;
        for (var step = 0; step <= steps; step++)
        {
            var (x, y) = (from.X + (to.X - from.X) * step / steps, from.Y + (to.Y - from.Y) * step / steps);
            Fill(large, x - 0.8, y - 0.8, x + 0.8, y + 0.8, Line);
        }
    }

    // Corners in pixels of the finished plot.
    private static void Fill(Picture large, double left, double top, double right, double bottom, (byte Red, byte Green, byte Blue) colour)
    {
        for (var y = Math.Max(0, (int)Math.Round(top * Smooth)); y < Math.Min(large.Height, (int)Math.Round(bottom * Smooth)); y++)
        {
            var row = large.Row(y);
            for (var x = Math.Max(0, (int)Math.Round(left * Smooth)); x < Math.Min(large.Width, (int)Math.Round(right * Smooth)); x++)
                (row[x * 3], row[x * 3 + 1], row[x * 3 + 2]) = colour;
        }
    }
}
