using Lumen.Research.Studies;
using Xunit;

namespace Lumen.Tests.Studies;

public sealed class StudyTableTests
{
    // References 0, 1, 2 with two seeds each.
    private static readonly StudyRow[] Rows =
    [
        Row(0, 1, 0.1),
        Row(0, 2, 0.3),
        Row(1, 1, 0.5),
        Row(1, 2, 0.5),
        Row(2, 1, 0.9),
        Row(2, 2, 0.7),
    ];

    [Fact]
    public void A_mean_has_the_spread_of_its_seeds_and_an_interval_over_references()
    {
        var figure = StudyStatistics.Mean(Rows, "x", 4000)!;
        Assert.Equal(0.5, figure.Value, 12);
        Assert.Equal((3, 2), (figure.References, figure.Seeds));
        Assert.Equal(0, figure.SeedSpread!.Value, 12); // both seeds have the mean 0.5
        // Means of references are 0.2, 0.5, 0.8; of the 27 draws one has all 0.2 (3.7 % > 2.5 %) and one all 0.8.
        Assert.Equal(0.2, figure.Low, 12);
        Assert.Equal(0.8, figure.High, 12);
    }

    [Fact]
    public void The_spread_over_seeds_is_the_deviation_of_each_seeds_figure()
    {
        StudyRow[] rows = [Row(0, 1, 1), Row(0, 2, 2), Row(0, 3, 6), Row(1, 1, 3), Row(1, 2, 4), Row(1, 3, 8)];
        var figure = StudyStatistics.Mean(rows, "x", 100)!;
        Assert.Equal(Math.Sqrt(7), figure.SeedSpread!.Value, 12); // of 2, 3, 7: mean 4, squares 4 + 1 + 9, over 2
        Assert.Null(StudyStatistics.Mean(rows.Where(row => row.Seed == 1), "x", 100)!.SeedSpread);
        Assert.Null(StudyStatistics.Mean(rows, "y", 100));
    }

    [Fact]
    public void A_difference_draws_the_same_references_on_both_sides()
    {
        var shifted = Rows.Select(row => Row(row.Reference, row.Seed, row["x"] + 0.25)).ToArray();
        var difference = StudyStatistics.Difference(shifted, Rows, rows => rows.Average(row => row["x"]), 500)!;
        Assert.Equal(0.25, difference.Value, 12);
        Assert.Equal(0.25, difference.Low, 12); // all references differ by the same, however they are drawn
        Assert.Equal(0.25, difference.High, 12);
    }

    [Fact]
    public void A_jackknife_of_a_mean_is_the_students_interval_of_equal_groups()
    {
        double[] values = [1, 2, 4, 8, 3, 6];
        var figure = StudyStatistics.Jackknife(values.Select((value, i) => Row(i, 0, value)), rows => rows.Average(row => row["x"]))!;
        // Groups 0 + 3, 1 + 4, 2 + 5 have the means 4.5, 2.5, 5; the jackknife's error of the mean is theirs.
        double[] groups = [4.5, 2.5, 5];
        var error = Math.Sqrt(groups.Sum(group => Math.Pow(group - 4, 2)) / 2 / 3);
        Assert.Equal(4, figure.Value, 12);
        Assert.Equal(4 - 4.302652729911275 * error, figure.Low, 9); // t of two degrees of freedom, 97.5 %
    }

    [Fact]
    public void Counts_are_pooled_before_they_are_divided()
    {
        StudyRow[] rows = [new("a", 0, 1, One("r", [1, 10])), new("a", 1, 1, One("r", [9, 10]))];
        Assert.Equal(0.5, StudyStatistics.Ratio(rows, "r", 50)!.Value, 12);
        double[] counts = [3, 1, 0, 2, 4, 0, 0, 0, 0]; // IoU 3/6 and 4/7; the third class is nowhere
        Assert.Equal((3 / 6.0 + 4 / 7.0) / 2, PictureColumns.MeanIoUOf(counts), 12);
    }

    [Fact]
    public void A_table_has_units_intervals_and_no_empty_column()
    {
        var table = new StudyTable(
            "t",
            "title",
            "name",
            [new StudyColumn("x", "error", "degrees", false, "0.0"), new StudyColumn("y", "nothing")],
            [new StudyTableRow("a, b", new Dictionary<string, StudyFigure?> { ["x"] = new(1.25, 1, 1.5, 0.1, 8, 2) })]
        );
        Assert.Equal("| name | error (degrees) ↓ |\n| --- | ---: |\n| a, b | 1.3 [1.0, 1.5] ±0.1 |\n", table.ToMarkdown());
        Assert.Equal("row,column,unit,value,low,high,seed_spread,references,seeds\n\"a, b\",x,degrees,1.25,1,1.5,0.1,8,2\n", table.ToCsv());
        Assert.Equal(1.5, (double)table.ToJson()["rows"]![0]!["figures"]!["x"]!["high"]!);
    }

    private static StudyRow Row(int reference, int seed, double value) => new("a", reference, seed, One("x", [value]));

    private static Dictionary<string, double[]> One(string name, double[] values) => new() { [name] = values };
}
