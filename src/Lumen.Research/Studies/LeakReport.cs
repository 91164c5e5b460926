using System.Globalization;
using Lumen.Imaging;

namespace Lumen.Research.Studies;

/// <summary>Tables and sentences of the leak study.</summary>
internal sealed class LeakReport(IReadOnlyList<StudyRow> rows, IReadOnlyList<StudyCondition> conditions, StudyBench bench, StudyStore store)
{
    public const string RealTitle = "real renders as the prompt asks";
    private readonly IReadOnlyDictionary<string, IReadOnlyList<StudyRow>> _rows = GenerationStudy.ByCondition(rows);

    public static string Sample(string condition, string what, int reference) =>
        string.Create(CultureInfo.InvariantCulture, $"{condition}-{what}-{reference:000}");

    public StudyFindings Findings()
    {
        StudyTable[] tables =
        [
            Table(
                "winner",
                "The prompt asks for houses of another colour: whose colour do they have?",
                [
                    (new StudyColumn("prompt_wins", "nearer to the prompt's colour", "share", true), false),
                    (new StudyColumn("told_prompt", "told as the prompt's", "share", true), false),
                    (new StudyColumn("told_reference", "told as the reference's", "share", false), false),
                ]
            ),
            Table(
                "shift",
                "The reference is recoloured, the prompt stays: how much of the shift comes through?",
                [
                    .. Recolouring.Names.Select(name =>
                        (new StudyColumn($"leak_{name}", Recolouring.Title(name), "0 nothing, 1 all", false), true)
                    ),
                ]
            ),
            Table(
                "layout",
                "Agreement of the recoloured reference's layout with the original's",
                [
                    .. Recolouring.Names.Select(name =>
                        (new StudyColumn($"layout_{name}", Recolouring.Title(name), "mean cosine", true), false)
                    ),
                ]
            ),
        ];
        var led = conditions.Where(condition => condition.Adapter is not null).ToArray();
        var wins = led.Select(condition => (condition.Title, Figure: tables[0][condition.Title]?["prompt_wins"]))
            .Where(one => one.Figure is not null)
            .ToArray();
        return new StudyFindings
        {
            Setting =
            [
                .. bench.Setting(generates: true),
                "References by day in clear weather. Houses' colour is the mean over the reference's building pixels, nearer to a "
                    + "real render of the same street as the prompt asks or to the reference; streets with less than 2 % houses do not "
                    + "count.",
                "Shift: regression of the change of mean colours in 8 x 8 places of the result on that of the reference, same prompt "
                    + "and noise.",
                bench.Classifiers.Description,
            ],
            Tables = tables,
            Drawings = [.. Plots(tables, led), .. Sheet(led)],
            Meaning =
                wins.Length == 0
                    ? "No reference shows enough houses to have a colour."
                    : "The prompt's colour wins in "
                        + string.Join(", ", wins.Select(one => Share(one.Figure!.Value, one.Title)))
                        + " of the pictures; of a reference's hue turned by 120 degrees, "
                        + string.Join(", ", led.Select(one => Share(tables[1][one.Title]?["leak_hue"]?.Value ?? 0, one.Title)))
                        + " comes through.",
            Targets =
            [
                .. wins.Select(one => new StudyTarget(
                    $"{one.Title}: the prompt's colour wins more often than the reference's, outside the interval",
                    one.Figure!.ToText("0.000"),
                    one.Figure.Low > 0.5
                )),
            ],
            WouldChange =
            [
                "Houses that are not where the reference has them: then their place shows something else's colour; the row of real "
                    + "renders shows what the measure gives where everything is in place.",
                "A base model that obeys colour words weakly even without a reference looks like a leak in the first table, but not "
                    + "in the second.",
            ],
        };
    }

    private StudyTable Table(string name, string title, IReadOnlyList<(StudyColumn Column, bool IsRatio)> columns) =>
        new(
            name,
            title,
            "led by",
            [.. columns.Select(one => one.Column)],
            [
                .. conditions
                    .Where(condition => _rows.ContainsKey(condition.Id))
                    .Select(condition => new StudyTableRow(
                        condition.Title,
                        columns.ToDictionary(
                            one => one.Column.Key,
                            one =>
                                one.IsRatio
                                    ? StudyStatistics.Ratio(_rows[condition.Id], one.Column.Key, bench.Recipe.Resamples)
                                    : StudyStatistics.Mean(_rows[condition.Id], one.Column.Key, bench.Recipe.Resamples)
                        )
                    ))
                    .Where(row => row.Figures.Values.Any(figure => figure is not null)),
            ]
        );

    private static IEnumerable<StudyDrawing> Plots(IReadOnlyList<StudyTable> tables, IReadOnlyList<StudyCondition> led)
    {
        if (tables[0].Columns.Any(column => column.Key == "prompt_wins"))
            yield return new StudyDrawing(
                "plot-winner",
                "Share of pictures whose houses are nearer to the prompt's colour, with 95 % intervals.",
                StudyPlot.Lines(
                    "the prompt's colour wins",
                    "share",
                    [.. tables[0].Rows.Where(row => row["prompt_wins"] is not null).Select(row => (row.Name, row["prompt_wins"]!))]
                )
            );
        double[] places = [.. Enumerable.Range(1, led.Count).Select(place => (double)place)];
        var series = Recolouring
            .Names.Select(name =>
                (
                    Recolouring.Short(name),
                    (IReadOnlyList<PlotPoint>)
                        [
                            .. led.Select((condition, i) => (Place: i + 1, Figure: tables[1][condition.Title]?[$"leak_{name}"]))
                                .Where(one => one.Figure is not null)
                                .Select(one => new PlotPoint(one.Place, one.Figure!)),
                        ]
                )
            )
            .ToArray();
        yield return new StudyDrawing(
            "plot-shift",
            "Share of a reference's colour shift that comes through, with 95 % intervals.",
            StudyPlot.Curves(
                "colour shift that comes through",
                ("", "share"),
                places,
                series,
                [.. led.Select(condition => condition.Title)]
            )
        );
    }

    private IEnumerable<StudyDrawing> Sheet(IReadOnlyList<StudyCondition> led)
    {
        var count = Math.Min(bench.Recipe.SheetRows, bench.Recipe.References);
        if (count == 0)
            yield break;
        var cases = Enumerable.Range(0, count).Select(index => new LeakCase(bench.Street(index))).ToArray();
        var shown = led.SelectMany(condition =>
                new[]
                {
                    ("plain", $"{condition.Title}, own colour asked"),
                    ("conflict", $"{condition.Title}, other colour asked"),
                    ("hue", $"{condition.Title}, from the turned hue"),
                }.Select(one => (Name: (Func<int, string>)(index => Sample(condition.Id, one.Item1, index)), Caption: one.Item2))
            )
            .ToArray();
        // a run that was begun with fewer rows has fewer
        cases = [.. cases.Where(one => shown.All(column => store.Sample(column.Name(one.Reference.Index)) is not null))];
        if (cases.Length == 0)
            yield break;
        var made = cases.Select(one =>
            (IReadOnlyList<Picture>)
                [one.Picture, one.Recoloured[0], one.Asked, .. shown.Select(column => store.Sample(column.Name(one.Reference.Index))!)]
        );
        yield return new StudyDrawing(
            "sheet",
            "Each reference, its hue turned, a real render in the other colour, and what each condition made. The prompt beside it "
                + "asks for the other colour.",
            ContactSheet.Compose(
                [.. made],
                ["reference", "hue turned", "real, other colour", .. shown.Select(column => column.Caption)],
                [.. cases.Select(one => StreetReference.PromptOf(one.Other))],
                new ContactSheetOptions { CaptionSize = 12, CaptionLines = 6 }
            )
        );
    }

    private static string Share(double value, string title) => string.Create(CultureInfo.InvariantCulture, $"{value * 100:0} % ({title})");
}
