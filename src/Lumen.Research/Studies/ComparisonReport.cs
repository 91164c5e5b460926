using System.Globalization;
using Lumen.Conditions;

namespace Lumen.Research.Studies;

/// <summary>Tables, plots and sentences of studies that compare adapters with each other and with real renders.</summary>
internal sealed class ComparisonReport
{
    public const string Real = "real";
    private const string RealTitle = "real pictures (ceiling)";
    private const string AutoencodedTitle = "real pictures through the autoencoder";
    private readonly StudyBench _bench;
    private readonly StudyStore _store;
    private readonly (StudyCondition Condition, IReadOnlyList<StudyRow> Rows)[] _conditions;
    private readonly IReadOnlyList<StudyRow>? _real;

    public ComparisonReport(IReadOnlyList<StudyRow> rows, IReadOnlyList<StudyCondition> conditions, StudyBench bench, StudyStore store)
    {
        (_bench, _store) = (bench, store);
        var named = GenerationStudy.ByCondition(rows);
        _conditions =
        [
            .. conditions.Where(condition => named.ContainsKey(condition.Id)).Select(condition => (condition, named[condition.Id])),
        ];
        _real = named.GetValueOrDefault(Real);
        var floors = _conditions
            .Where(one => named.ContainsKey(one.Condition.Floor))
            .Select(one => (Title: $"{one.Condition.Title}, against another reference (floor)", Rows: named[one.Condition.Floor]));
        var titled = _conditions.Select(one => (one.Condition.Title, one.Rows)).Concat(floors).ToArray();
        Tables =
        [
            .. new[]
            {
                Table("alignment", "Where things are", PictureColumns.Alignment),
                Table("freedom", "How pictures look, how much they differ, and whether they are as asked", PictureColumns.Freedom),
            }.Where(table => table.Columns.Count > 0),
        ];

        StudyTable Table(string name, string title, IReadOnlyList<StudyColumn> columns)
        {
            var made = titled.Select(one => PictureColumns.Row(one.Title, columns, (one.Rows, _real), bench.Recipe.Resamples));
            return new StudyTable(
                name,
                title,
                "led by",
                columns,
                [.. made.Where(row => row.Figures.Values.Any(figure => figure is not null))]
            );
        }
    }

    public IReadOnlyList<StudyTable> Tables { get; }

    public static StudyCondition RealRenders { get; } = new(Real, RealTitle, null);

    /// <summary>What no condition can pass: real pictures, and the same through the base's autoencoder.</summary>
    public static IReadOnlyList<StudyCondition> Ceilings { get; } =
    [new("autoencoder", AutoencodedTitle, null) { Autoencoded = true }, RealRenders];

    public StudyFindings Findings(IReadOnlyList<string> wouldChange) =>
        new()
        {
            Setting =
            [
                .. _bench.Setting(generates: true),
                _bench.TextEvaluation,
                .. _bench.Recipe.Data is null
                    ? new[] { "Prompts ask for another time, another weather and another colour of the houses than the reference's." }
                    : [],
            ],
            Tables = Tables,
            Drawings = [.. Plots(), .. Sheet()],
            Meaning = Meaning(),
            WouldChange = wouldChange,
        };

    /// <summary>What the conditions are held to.</summary>
    public IReadOnlyList<StudyTarget> Targets()
    {
        var layout = _conditions.FirstOrDefault(one => one.Condition.Adapter?.Layout is not null);
        if (layout.Condition is null)
            return [];
        var (labels, canny, depth) = (Of(ConditionKind.LabelMap), Of(ConditionKind.Canny), Of(ConditionKind.Depth));
        return
        [
            Share("layout mIoU at least 0.75 of that of real pictures", PictureColumns.MeanIoU, layout.Rows, _real, 0.75),
            Margin(
                "layout mIoU at least that of the label map less 0.02",
                PictureColumns.MeanIoU,
                layout.Rows,
                labels,
                difference => difference.Value >= -0.02
            ),
            Margin(
                "layout mIoU above Canny's, the difference outside its interval",
                PictureColumns.MeanIoU,
                layout.Rows,
                canny,
                difference => difference.Low > 0
            ),
            Margin(
                "layout mIoU above depth's, the difference outside its interval",
                PictureColumns.MeanIoU,
                layout.Rows,
                depth,
                difference => difference.Low > 0
            ),
            Margin(
                "layout instance recall above Canny's",
                PictureColumns.InstanceRecall,
                layout.Rows,
                canny,
                difference => difference.Value > 0
            ),
            Margin(
                "layout instance recall above depth's",
                PictureColumns.InstanceRecall,
                layout.Rows,
                depth,
                difference => difference.Value > 0
            ),
            Margin(
                "layout orientation error below Canny's",
                PictureColumns.Orientation,
                layout.Rows,
                canny,
                difference => difference.Value < 0
            ),
            Margin(
                "layout orientation error below depth's",
                PictureColumns.Orientation,
                layout.Rows,
                depth,
                difference => difference.Value < 0
            ),
        ];

        IReadOnlyList<StudyRow>? Of(ConditionKind kind) =>
            _conditions.FirstOrDefault(one => one.Condition.Adapter?.Pictures?.Producer?.Kind == kind).Rows;
    }

    private StudyTarget Margin(
        string statement,
        StudyColumn column,
        IReadOnlyList<StudyRow> one,
        IReadOnlyList<StudyRow>? other,
        Func<StudyFigure, bool> met
    )
    {
        var (source, figure) = PictureColumns.Of(column);
        var difference = other is null
            ? null
            : StudyStatistics.Difference(
                one.Where(row => row.Has(source)),
                other.Where(row => row.Has(source)),
                figure,
                _bench.Recipe.Resamples
            );
        return difference is null
            ? new StudyTarget(statement, "-", null)
            : new StudyTarget(statement, $"difference {difference.ToText(column.Format)}", met(difference));
    }

    private StudyTarget Share(
        string statement,
        StudyColumn column,
        IReadOnlyList<StudyRow> one,
        IReadOnlyList<StudyRow>? whole,
        double least
    )
    {
        var (part, all) = (
            PictureColumns.Figure(column, one, null, _bench.Recipe.Resamples),
            whole is null ? null : PictureColumns.Figure(column, whole, null, _bench.Recipe.Resamples)
        );
        return part is null || all is null
            ? new StudyTarget(statement, "-", null)
            : new StudyTarget(
                statement,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{part.Value / all.Value:0.000} ({part.ToText(column.Format)} of {all.ToText(column.Format)})"
                ),
                part.Value / all.Value >= least
            );
    }

    private IEnumerable<StudyDrawing> Plots()
    {
        foreach (var table in Tables)
        {
            var plots = table
                .Columns.Select(column =>
                    StudyPlot.Lines(
                        column.Named,
                        column.Better,
                        [.. table.Rows.Where(row => row[column.Key] is not null).Select(row => (row.Name, row[column.Key]!))]
                    )
                )
                .ToArray();
            yield return new StudyDrawing($"plot-{table.Name}", $"{table.Title}: value and 95 % interval.", StudyPlot.Joined(plots));
        }
    }

    private IEnumerable<StudyDrawing> Sheet() =>
        GenerationStudy.Sheet(_bench, _store, [.. _conditions.Select(one => (one.Condition.Id, one.Condition.Title))]) is { } sheet
            ? [sheet]
            : [];

    private string Meaning()
    {
        var table = Tables.FirstOrDefault(table => table.Name == "alignment");
        if (table is not { Columns: [var column, ..] })
            return "Nothing was measured of where things are.";
        var figures = _conditions
            .Select(one => (one.Condition.Title, Figure: table[one.Condition.Title]?[column.Key]))
            .Where(one => one.Figure is not null)
            .ToArray();
        var others = figures
            .Skip(1)
            .Where(one => one.Title is not (RealTitle or AutoencodedTitle))
            .Select(one => $"{one.Title} {Number(one.Figure!)}")
            .ToArray();
        var ceiling = figures.FirstOrDefault(one => one.Title == RealTitle).Figure;
        // Agreement of a real render with its own layout is no ceiling: another appearance is asked for, and a generated picture may keep
        // more of the reference's.
        var share =
            ceiling is null || column.Key != PictureColumns.MeanIoU.Key
                ? ""
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $", {figures[0].Figure!.Value / ceiling.Value * 100:0} % of the {Number(ceiling)} of real pictures"
                );
        return $"Led by {figures[0].Title}, pictures reach {column.Title} "
            + $"{Number(figures[0].Figure!)}{share}{(others.Length > 0 ? "; led by " + string.Join(", by ", others) : "")}.";

        string Number(StudyFigure figure) => figure.Value.ToString(column.Format, CultureInfo.InvariantCulture);
    }
}
