using Lumen.Imaging;
using Lumen.Research.Studies;
using Xunit;

namespace Lumen.Tests.Studies;

public sealed class StudyPlotTests
{
    [Fact]
    public void Plots_have_lines_and_letters_on_machines_without_fonts()
    {
        var figure = new StudyFigure(0.5, 0.4, 0.6, null, 8, 1);
        var curves = StudyPlot.Curves(
            "title",
            ("across", "up"),
            [1, 2],
            [("a", [new PlotPoint(1, figure), new PlotPoint(2, figure with { Value = 0.7, Low = 0.6, High = 0.8 })])]
        );
        Assert.True(Coloured(curves) > 200); // the curve
        Assert.True(Dark(curves, 0, 40) > 20); // the title
        var lines = StudyPlot.Lines("title", "unit", [("one", figure), ("two", figure)]);
        Assert.True(Coloured(lines) > 100);
        var table = new StudyTable(
            "t",
            "title",
            "name",
            [new StudyColumn("x", "x")],
            [new StudyTableRow("a", new Dictionary<string, StudyFigure?> { ["x"] = figure })]
        );
        Assert.True(Coloured(StudyPlot.Heat("title", table)) > 500);
        // all in one place is no fault
        Assert.True(Coloured(StudyPlot.Dial("title", ("across", "up"), [("N=1", figure, figure), ("N=2", figure, figure)])) > 50);
    }

    [Fact]
    public void Names_of_many_curves_take_further_lines()
    {
        var figure = new StudyFigure(0.5, 0.4, 0.6, null, 8, 1);
        var few = StudyPlot.Curves("t", ("a", "u"), [1], [("one", [new PlotPoint(1, figure)]), ("two", [new PlotPoint(1, figure)])]);
        var many = StudyPlot.Curves(
            "t",
            ("a", "u"),
            [1],
            [
                .. Enumerable
                    .Range(0, 6)
                    .Select(i => ($"a mixture with a long name {i}", (IReadOnlyList<PlotPoint>)[new PlotPoint(1, figure)])),
            ]
        );
        Assert.True(many.Height > few.Height && many.Width == few.Width);
    }

    [Fact]
    public void The_same_figures_give_the_same_picture()
    {
        var figure = new StudyFigure(0.5, 0.4, 0.6, null, 8, 1);
        Assert.Equal(StudyPlot.Lines("t", "u", [("one", figure)]).Rgb, StudyPlot.Lines("t", "u", [("one", figure)]).Rgb);
    }

    private static int Coloured(Picture picture) =>
        Count(picture, 0, picture.Height, (r, g, b) => Math.Max(r, Math.Max(g, b)) - Math.Min(r, Math.Min(g, b)) > 60);

    private static int Dark(Picture picture, int top, int bottom) =>
        Count(picture, top, bottom, (r, g, b) => r < 128 && g < 128 && b < 128);

    private static int Count(Picture picture, int top, int bottom, Func<int, int, int, bool> counts) =>
        Enumerable
            .Range(top * picture.Width, (bottom - top) * picture.Width)
            .Count(pixel => counts(picture.Rgb[3 * pixel], picture.Rgb[3 * pixel + 1], picture.Rgb[3 * pixel + 2]));
}
