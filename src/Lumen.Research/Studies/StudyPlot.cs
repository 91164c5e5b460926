using Lumen.Imaging;
using ScottPlot;

namespace Lumen.Research.Studies;

/// <summary>The plots of reports.</summary>
public static class StudyPlot
{
    private const int Wide = 960,
        High = 560,
        RowHeight = 34,
        LineHeight = 24,
        LegendLeft = 96;

    /// <summary>Curves over numbered places, such as numbers of components: one place a number, evenly spaced, intervals upright.</summary>
    /// <param name="title">What is shown.</param>
    /// <param name="axes">What is across and what is up.</param>
    /// <param name="places">The numbers across, ascending.</param>
    /// <param name="series">Curves by name; X is one of the places.</param>
    /// <param name="names">What to write at the places; null for their numbers.</param>
    public static Picture Curves(
        string title,
        (string Across, string Up) axes,
        IReadOnlyList<double> places,
        IReadOnlyList<(string Name, IReadOnlyList<PlotPoint> Points)> series,
        IReadOnlyList<string>? names = null
    )
    {
        var (low, high) = Range(series.SelectMany(one => one.Points).Select(point => point.Figure));
        var legend = Legend([.. series.Select(one => one.Name)]);
        var height = High + LineHeight * (legend.Count == 0 ? 0 : legend[^1].Line);
        var canvas = new PlotCanvas((Wide, height), (96, 24, 72, 92 + height - High), (-0.5, places.Count - 0.5, low, high));
        canvas.Ticks(upright: true);
        for (var place = 0; place < places.Count; place++)
            canvas.Centre(names?[place] ?? places[place].ToString("0.###"), canvas.X(place), height - 72 + 8);
        for (var index = 0; index < series.Count; index++)
        {
            var points = series[index]
                .Points.Select(point => (Place: Place(point.X) + (index - (series.Count - 1) / 2.0) * 0.06, point.Figure))
                .ToArray();
            for (var i = 1; i < points.Length; i++)
                canvas.Line(
                    points[i - 1].Place,
                    points[i - 1].Figure.Value,
                    points[i].Place,
                    points[i].Figure.Value,
                    PlotCanvas.Of(index).WithOpacity(0.6),
                    2
                );
            foreach (var (place, figure) in points)
                canvas.Upright(place, figure, index);
        }
        Titles(canvas, title, axes, height);
        for (var index = 0; index < legend.Count; index++)
            canvas.Write(legend[index].Name, legend[index].Left, 66 + LineHeight * legend[index].Line, PlotCanvas.InkOf(index));
        return canvas.ToPicture();

        double Place(double number) => Enumerable.Range(0, places.Count).First(place => places[place] == number);
    }

    /// <summary>One figure against another, a labelled point each: a dial.</summary>
    /// <param name="title">What is shown.</param>
    /// <param name="axes">What is across and what is up.</param>
    /// <param name="points">Both figures of each point.</param>
    /// <param name="joined">Whether points have an order, and a line joins them.</param>
    public static Picture Dial(
        string title,
        (string Across, string Up) axes,
        IReadOnlyList<(string Label, StudyFigure Across, StudyFigure Up)> points,
        bool joined = true
    )
    {
        var ((left, right), (low, high)) = (Range(points.Select(point => point.Across)), Range(points.Select(point => point.Up)));
        var canvas = new PlotCanvas((Wide, High), (96, 24, 72, 64), (left, right, low, high));
        canvas.Ticks(upright: true);
        canvas.Ticks(upright: false);
        for (var i = 1; joined && i < points.Count; i++)
            canvas.Line(
                points[i - 1].Across.Value,
                points[i - 1].Up.Value,
                points[i].Across.Value,
                points[i].Up.Value,
                PlotCanvas.Of(0).WithOpacity(0.4),
                2
            );
        var taken = new List<(int X, int Y, int Width)>();
        foreach (var (label, across, up) in points)
        {
            canvas.Line(across.Low, up.Value, across.High, up.Value, PlotCanvas.Of(0).WithOpacity(0.5));
            canvas.Upright(across.Value, up, 0);
            var (x, y) = Free(canvas.X(across.Value), canvas.Y(up.Value), PlotCanvas.Measure(label), taken);
            canvas.Write(label, x, y);
            taken.Add((x, y, PlotCanvas.Measure(label)));
        }
        Titles(canvas, title, axes, High);
        return canvas.ToPicture();
    }

    // Where a label beside a point covers no other: to its right or left, above or below, and further off where it is crowded.
    private static (int X, int Y) Free(int x, int y, int width, IReadOnlyList<(int X, int Y, int Width)> taken)
    {
        const int Aside = 8,
            Line = 18,
            Rows = 4;
        var places =
            from row in Enumerable.Range(0, Rows)
            from below in new[] { false, true }
            from left in new[] { false, true }
            select (X: left ? x - Aside - width : x + Aside, Y: below ? y + 4 + row * Line : y - 20 - row * Line);
        return places.Where(place => !taken.Any(other => Covers(place, other))).DefaultIfEmpty((x + Aside, y - 20)).First();

        bool Covers((int X, int Y) place, (int X, int Y, int Width) other) =>
            Math.Abs(place.Y - other.Y) < Line && place.X < other.X + other.Width && other.X < place.X + width;
    }

    /// <summary>A column of a table: a line a row, with its interval lying.</summary>
    /// <param name="title">What is shown.</param>
    /// <param name="across">What is across.</param>
    /// <param name="rows">Figures by name, from the top.</param>
    public static Picture Lines(string title, string across, IReadOnlyList<(string Name, StudyFigure Figure)> rows)
    {
        var (low, high) = Range(rows.Select(row => row.Figure));
        var left = Math.Max(120, rows.Max(row => PlotCanvas.Measure(row.Name)) + 20);
        var height = 64 + 72 + rows.Count * RowHeight;
        var width = Math.Max(left + 520, PlotCanvas.Measure(title) + 32);
        var canvas = new PlotCanvas((width, height), (left, 32, 72, 48), (low, high, -0.5, rows.Count - 0.5));
        canvas.Ticks(upright: false);
        for (var i = 0; i < rows.Count; i++)
        {
            double y = rows.Count - 1 - i;
            var (name, figure) = rows[i];
            canvas.Line(figure.Low, y, figure.High, y, PlotCanvas.Of(0), 2);
            canvas.Marker(figure.Value, y, PlotCanvas.Of(0));
            canvas.Right(name, left - 10, canvas.Y(y) - PlotCanvas.Height / 2);
        }
        canvas.Write(title, 16, 14);
        canvas.Centre(across, (left + width - 32) / 2, height - 32);
        return canvas.ToPicture();
    }

    /// <summary>A map of shares 0...1: white for 0, dark for 1, with the number in percent.</summary>
    /// <param name="title">What is shown.</param>
    /// <param name="table">Rows and columns; columns that are missing are left white.</param>
    public static Picture Heat(string title, StudyTable table)
    {
        const int Cell = 30;
        var columns = table.Columns;
        var widths = Math.Max(64, columns.Max(column => PlotCanvas.Measure(column.Title)) + 14);
        var left = table.Rows.Max(row => PlotCanvas.Measure(row.Name)) + 24;
        var (width, height) = (
            Math.Max(left + widths * columns.Count + 16, PlotCanvas.Measure(title) + 32),
            84 + Cell * table.Rows.Count + 12
        );
        var canvas = new PlotCanvas(
            (width, height),
            (left, width - left - widths * columns.Count, 12, 84),
            (0, columns.Count, 0, table.Rows.Count)
        );
        for (var row = 0; row < table.Rows.Count; row++)
        {
            var y = table.Rows.Count - 1 - row;
            canvas.Right(table.Rows[row].Name, left - 10, canvas.Y(y + 0.5) - PlotCanvas.Height / 2);
            for (var column = 0; column < columns.Count; column++)
            {
                if (table.Rows[row][columns[column].Key] is not { } figure)
                    continue;
                var share = Math.Clamp(figure.Value, 0, 1);
                canvas.Box((column, column + 1, y, y + 1), Color.FromHex("#1f4e96").WithOpacity(Math.Sqrt(share)));
                (byte, byte, byte) ink = share > 0.25 ? ((byte)255, (byte)255, (byte)255) : ((byte)48, (byte)52, (byte)60);
                canvas.Centre((share * 100).ToString("0"), canvas.X(column + 0.5), canvas.Y(y + 0.5) - PlotCanvas.Height / 2, ink);
            }
        }
        canvas.Write(title, 16, 14);
        for (var column = 0; column < columns.Count; column++)
            canvas.Centre(columns[column].Title, canvas.X(column + 0.5), 56);
        return canvas.ToPicture();
    }

    /// <summary>Several plots under each other or side by side.</summary>
    /// <param name="plots">The plots.</param>
    /// <param name="across">Plots in a row.</param>
    public static Picture Joined(IReadOnlyList<Picture> plots, int across = 2) =>
        ContactSheet.Compose(
            [.. plots.Chunk(across).Select(row => (IReadOnlyList<Picture>)row)],
            options: new ContactSheetOptions { Gap = 4 }
        );

    private static void Titles(PlotCanvas canvas, string title, (string Across, string Up) axes, int height)
    {
        canvas.Write(title, 16, 14);
        canvas.Write(axes.Up, 16, 40);
        canvas.Centre(axes.Across, Wide / 2, height - 32);
    }

    // Where the names of curves stand, on as many lines as they need; a single curve needs no name.
    private static List<(string Name, int Left, int Line)> Legend(IReadOnlyList<string> names)
    {
        var (placed, left, line) = (new List<(string, int, int)>(), LegendLeft, 0);
        foreach (var name in names.Count > 1 ? names : [])
        {
            var width = PlotCanvas.Measure(name) + 28;
            if (left > LegendLeft && left + width > Wide)
                (left, line) = (LegendLeft, line + 1);
            placed.Add((name, left, line));
            left += width;
        }
        return placed;
    }

    // All intervals with a little room; never empty.
    private static (double Low, double High) Range(IEnumerable<StudyFigure> figures)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var figure in figures)
            (low, high) = (Math.Min(low, figure.Low), Math.Max(high, figure.High));
        var room = high > low ? (high - low) * 0.08 : Math.Max(Math.Abs(high) * 0.1, 0.01);
        return (low - room, high + room);
    }
}
