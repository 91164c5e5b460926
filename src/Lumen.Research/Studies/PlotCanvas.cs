using System.Globalization;
using Lumen.Imaging;
using ScottPlot;

namespace Lumen.Research.Studies;

/// <summary>
/// A plot of fixed margins. Lines and markers are ScottPlot's; letters are those of <see cref="Lettering"/>, because a machine may have no
/// font at all and a plotting library then writes nothing and says nothing.
/// </summary>
internal sealed class PlotCanvas
{
    private const double Size = 15; // of letters
    private static readonly (byte Red, byte Green, byte Blue) Ink = (48, 52, 60);
    private static readonly Color Frame = Color.FromHex("#c8ccd4");
    private readonly Plot _plot = new();
    private readonly (int Left, int Right, int Bottom, int Top) _margins;
    private readonly (int Width, int Height) _size;
    private readonly (double Left, double Right, double Bottom, double Top) _limits;
    private readonly List<(string Text, int X, int Y, (byte, byte, byte) Colour)> _texts = [];

    public PlotCanvas(
        (int Width, int Height) size,
        (int Left, int Right, int Bottom, int Top) margins,
        (double Left, double Right, double Bottom, double Top) limits
    )
    {
        (_size, _margins, _limits) = (size, margins, limits);
        _plot.Layout.Fixed(new PixelPadding(margins.Left, margins.Right, margins.Bottom, margins.Top));
        _plot.Axes.SetLimits(limits.Left, limits.Right, limits.Bottom, limits.Top);
        _plot.HideGrid();
        foreach (var axis in _plot.Axes.GetAxes())
        {
            axis.TickGenerator = new ScottPlot.TickGenerators.EmptyTickGenerator();
            axis.FrameLineStyle.Color = Frame;
        }
    }

    /// <summary>Colours of series.</summary>
    public static IReadOnlyList<string> Colours { get; } =
    ["#3568b0", "#d66e34", "#3c8f57", "#9a4fa3", "#b8963e", "#4aa3a8", "#c2476b", "#7a7f8a"];

    public static Color Of(int series) => Color.FromHex(Colours[series % Colours.Count]);

    public static (byte Red, byte Green, byte Blue) InkOf(int series)
    {
        var colour = Of(series);
        return (colour.R, colour.G, colour.B);
    }

    public int X(double value) =>
        (int)
            Math.Round(
                _margins.Left + (value - _limits.Left) / (_limits.Right - _limits.Left) * (_size.Width - _margins.Left - _margins.Right)
            );

    public int Y(double value) =>
        (int)
            Math.Round(
                _size.Height
                    - _margins.Bottom
                    - (value - _limits.Bottom) / (_limits.Top - _limits.Bottom) * (_size.Height - _margins.Bottom - _margins.Top)
            );

    public void Line(double x1, double y1, double x2, double y2, Color colour, float width = 1.5f)
    {
        var line = _plot.Add.Line(x1, y1, x2, y2);
        (line.LineColor, line.LineWidth, line.MarkerSize) = (colour, width, 0);
    }

    public void Marker(double x, double y, Color colour, float size = 9)
    {
        var marker = _plot.Add.Marker(x, y);
        (marker.Color, marker.Size, marker.Shape) = (colour, size, MarkerShape.FilledCircle);
    }

    public void Box((double Left, double Right, double Bottom, double Top) box, Color colour)
    {
        var rectangle = _plot.Add.Rectangle(box.Left, box.Right, box.Bottom, box.Top);
        (rectangle.FillColor, rectangle.LineWidth) = (colour, 0);
    }

    /// <summary>A point with its interval, upright.</summary>
    public void Upright(double x, StudyFigure figure, int series)
    {
        Line(x, figure.Low, x, figure.High, Of(series));
        Marker(x, figure.Value, Of(series));
    }

    /// <summary>Round numbers along an axis, with lines across the plot.</summary>
    public void Ticks(bool upright)
    {
        var (low, high) = upright ? (_limits.Bottom, _limits.Top) : (_limits.Left, _limits.Right);
        var step = Step(high - low);
        for (var value = Math.Ceiling(low / step) * step; value <= high + step * 1e-6; value += step)
        {
            var text = Number(value, step);
            if (upright)
            {
                Line(_limits.Left, value, _limits.Right, value, Frame.WithOpacity(0.5), 1);
                Right(text, _margins.Left - 8, Y(value) - Height / 2);
            }
            else
            {
                Line(value, _limits.Bottom, value, _limits.Top, Frame.WithOpacity(0.5), 1);
                Centre(text, X(value), _size.Height - _margins.Bottom + 8);
            }
        }
    }

    public static int Height => Lettering.LineHeight(Size);

    public static int Measure(string text) => Lettering.Measure(text, Size);

    public void Write(string text, int left, int top, (byte, byte, byte)? colour = null) => _texts.Add((text, left, top, colour ?? Ink));

    public void Centre(string text, int middle, int top, (byte, byte, byte)? colour = null) =>
        Write(text, middle - Measure(text) / 2, top, colour);

    public void Right(string text, int right, int top, (byte, byte, byte)? colour = null) =>
        Write(text, right - Measure(text), top, colour);

    public Picture ToPicture()
    {
        using var image = _plot.GetImage(_size.Width, _size.Height);
        var picture = PictureReader.Decode(image.GetImageBytes(ImageFormat.Png), "plot");
        foreach (var (text, x, y, colour) in _texts)
            Lettering.Draw(picture, text, (x, y), colour, Size);
        return picture;
    }

    // 1, 2 or 5 times a power of ten, for about five steps.
    private static double Step(double span)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(span / 5)));
        return (span / 5 / power) switch
            {
                < 1.5 => 1,
                < 3.5 => 2,
                < 7.5 => 5,
                _ => 10,
            } * power;
    }

    private static string Number(double value, double step) =>
        (Math.Abs(value) < step * 1e-6 ? 0 : value).ToString(
            "F" + Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 6),
            CultureInfo.InvariantCulture
        );
}

/// <summary>A point of a curve with its interval.</summary>
/// <param name="X">Across.</param>
/// <param name="Figure">Up, with its interval.</param>
/// <param name="Label">Written beside it; empty for nothing.</param>
public sealed record PlotPoint(double X, StudyFigure Figure, string Label = "");
