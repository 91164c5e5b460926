using System.Globalization;
using Lumen.Metrics;

namespace Lumen.Research.Studies;

/// <summary>
/// The number of components as a dial between fidelity and diversity, with one nested adapter; adapters trained for a single number as a
/// check.
/// </summary>
public sealed class ComponentsStudy : GenerationStudy
{
    /// <inheritdoc/>
    public override string Name => "components";

    /// <inheritdoc/>
    public override string Question => "Does the number of components N trade diversity for fidelity, with one adapter for every N?";

    /// <inheritdoc/>
    public override StudyFindings Conclude(IReadOnlyList<StudyRow> rows, StudyBench bench, StudyStore store)
    {
        var (conditions, named, resamples) = (Conditions(bench), ByCondition(rows), bench.Recipe.Resamples);
        var columns = PictureColumns.Alignment.Concat(PictureColumns.Freedom).Where(column => column.Key is not ("fid" or "kid")).ToArray();
        var table = new StudyTable(
            "components",
            "Fidelity and diversity by number of components",
            "components",
            columns,
            [.. conditions.Select(condition => PictureColumns.Row(condition.Title, columns, (named[condition.Id], null), resamples))]
        );
        table = WithGains(table, Counts(bench), named, resamples);
        var nested = Counts(bench).Select(count => (Count: count, Row: table[Title(count)]!)).ToArray();
        var fidelity = table.Columns.First(column => column.Key is "miou" or "agreement");
        var diversity = table.Columns.FirstOrDefault(column => column.Key is "diversity" or "diversity_base" or "diversity_pixels");
        return new StudyFindings
        {
            Setting =
            [
                .. bench.Setting(generates: true),
                $"Components above N are zeroed; layout agreement is always with all {nested[^1].Count} components of the "
                    + "reference's layout.",
                "Diversity is the mean pairwise distance between pictures of one reference and prompt from different noise.",
                bench.TextEvaluation,
            ],
            Tables = [table],
            Drawings = [.. Drawings(bench, store, conditions, nested, (fidelity, diversity))],
            Meaning = Meaning(nested, fidelity, diversity),
            Targets =
            [
                Monotone($"{fidelity.Title} rises with N, Spearman at least 0.9", nested, fidelity, value => value >= 0.9),
                .. diversity is null
                    ? []
                    : new[]
                    {
                        Monotone($"{diversity.Title} falls with N, Spearman at most -0.9", nested, diversity, value => value <= -0.9),
                    },
            ],
            WouldChange =
            [
                "An adapter trained without nested dropout: it has never seen a layout with components missing.",
                "More noise seeds: diversity rests on the pairs of seeds of each reference.",
                "Rows of adapters trained for a single N that lie above the nested adapter's: then one adapter for all N would cost "
                    + "fidelity.",
            ],
        };
    }

    /// <inheritdoc/>
    public override void Check(StudyRecipe recipe)
    {
        base.Check(recipe);
        if (recipe.Components.Count == 0)
            throw new LumenException(
                "The study components needs numbers to compare: \"components\": [1, 2, 3, 5, 8, 12, 20] in its recipe."
            );
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<StudyCondition> Conditions(StudyBench bench)
    {
        if (bench.FirstLayoutAdapter is not { } main)
            return [];
        return
        [
            .. Counts(bench)
                .Select(count => new StudyCondition(Id(count), Title(count), main)
                {
                    Edit = StudyCondition.First(count),
                    EditName = $"first {count}",
                }),
            .. bench.Adapters.Where(adapter => adapter != main && adapter.Layout is not null).Select(Single),
        ];
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Missing(StudyBench bench)
    {
        if (bench.FirstLayoutAdapter is not { } main)
            return ["There is no adapter conditioned on layouts."];
        int[] above = [.. bench.Recipe.Components.Where(count => count > main.Layout!.Basis.Components)];
        return above.Length == 0 ? [] : [$"N = {string.Join(", ", above)}: the basis has {main.Layout!.Basis.Components} components."];
    }

    // What each N adds to the one before, both on the same references: much surer than the figures by themselves, because some streets are
    // harder than others for every N.
    private static StudyTable WithGains(
        StudyTable table,
        int[] counts,
        IReadOnlyDictionary<string, IReadOnlyList<StudyRow>> rows,
        int resamples
    )
    {
        var column = table.Columns.First(one => one.Key is "miou" or "agreement");
        var (source, figure) = PictureColumns.Of(column);
        var gain = new StudyColumn("gain", $"{column.Title}, gain over the N before", column.Unit, true);
        var gains = counts
            .Skip(1)
            .Select(
                (count, i) => (Title: Title(count), Gain: StudyStatistics.Difference(Holding(count), Holding(counts[i]), figure, resamples))
            )
            .ToDictionary(one => one.Title, one => one.Gain);
        var before = table.AllColumns.TakeWhile(one => one.Key != column.Key).Append(column).ToArray();
        return table with
        {
            AllColumns = [.. before, gain, .. table.AllColumns.Skip(before.Length)],
            Rows =
            [
                .. table.Rows.Select(row =>
                    row with
                    {
                        Figures = new Dictionary<string, StudyFigure?>(row.Figures) { ["gain"] = gains.GetValueOrDefault(row.Name) },
                    }
                ),
            ],
        };

        IEnumerable<StudyRow> Holding(int count) => rows[Id(count)].Where(row => row.Has(source));
    }

    private static int[] Counts(StudyBench bench)
    {
        var most = bench.FirstLayoutAdapter!.Layout!.Basis.Components;
        return [.. bench.Recipe.Components.Where(count => count <= most).Append(most).Distinct().Order()];
    }

    private static string Id(int count) => string.Create(CultureInfo.InvariantCulture, $"n{count:000}");

    private static string Title(int count) => string.Create(CultureInfo.InvariantCulture, $"{count}");

    private static StudyCondition Single(StudyAdapter adapter)
    {
        var count = adapter.Entry.Components ?? adapter.Layout!.Basis.Components;
        return new StudyCondition(adapter.Name, $"{count}, trained for it alone ({adapter.Name})", adapter)
        {
            Edit = StudyCondition.First(count),
            EditName = $"first {count}",
        };
    }

    private static IEnumerable<StudyDrawing> Drawings(
        StudyBench bench,
        StudyStore store,
        IReadOnlyList<StudyCondition> conditions,
        (int Count, StudyTableRow Row)[] nested,
        (StudyColumn Fidelity, StudyColumn? Diversity) axes
    )
    {
        double[] places = [.. nested.Select(one => (double)one.Count)];
        yield return Curve("plot-fidelity", axes.Fidelity);
        if (axes.Diversity is { } diversity)
        {
            yield return Curve("plot-diversity", diversity);
            var points = nested
                .Where(one => one.Row[diversity.Key] is not null)
                .Select(one => ($"N={one.Count}", one.Row[diversity.Key]!, one.Row[axes.Fidelity.Key]!))
                .ToArray();
            yield return new StudyDrawing(
                "plot-dial",
                "The dial: each N by its diversity and its fidelity, with 95 % intervals.",
                StudyPlot.Dial("The dial of N", (diversity.Title, axes.Fidelity.Title), points)
            );
        }
        if (
            Sheet(
                bench,
                store,
                [
                    .. conditions.Select(condition =>
                        (condition.Id, condition.Adapter == bench.FirstLayoutAdapter ? $"N = {condition.Title}" : condition.Title)
                    ),
                ]
            ) is
            { } sheet
        )
            yield return sheet;

        StudyDrawing Curve(string name, StudyColumn column)
        {
            var points = nested
                .Where(one => one.Row[column.Key] is not null)
                .Select(one => new PlotPoint(one.Count, one.Row[column.Key]!))
                .ToArray();
            return new StudyDrawing(
                name,
                $"{column.Title} by number of components, with 95 % intervals.",
                StudyPlot.Curves(column.Title + " by N", ("components N", column.Unit), places, [("", points)])
            );
        }
    }

    private static double? Spearman((int Count, StudyTableRow Row)[] nested, StudyColumn column)
    {
        var known = nested.Where(one => one.Row[column.Key] is not null).ToArray();
        double[] values = [.. known.Select(one => one.Row[column.Key]!.Value)];
        return values.Distinct().Count() < 2 ? null : RankCorrelation.Spearman([.. known.Select(one => (double)one.Count)], values);
    }

    private static StudyTarget Monotone(
        string statement,
        (int Count, StudyTableRow Row)[] nested,
        StudyColumn column,
        Func<double, bool> met
    ) =>
        Spearman(nested, column) is { } value
            ? new StudyTarget(statement, string.Create(CultureInfo.InvariantCulture, $"{value:0.00}"), met(value))
            : new StudyTarget(statement, "-", null);

    private static string Meaning((int Count, StudyTableRow Row)[] nested, StudyColumn fidelity, StudyColumn? diversity)
    {
        var (first, last) = (nested[0], nested[^1]);
        var rank = Spearman(nested, fidelity) is { } value ? string.Create(CultureInfo.InvariantCulture, $" (Spearman {value:0.00})") : "";
        var text =
            $"From N = {first.Count} to {last.Count}, {fidelity.Title} goes from {Number(first, fidelity)} to "
            + $"{Number(last, fidelity)}{rank}";
        if (diversity is null)
            return text + ".";
        var falls = Spearman(nested, diversity) is { } other
            ? string.Create(CultureInfo.InvariantCulture, $" (Spearman {other:0.00})")
            : "";
        return $"{text} and {diversity.Title} from {Number(first, diversity)} to {Number(last, diversity)}{falls}.";

        static string Number((int Count, StudyTableRow Row) one, StudyColumn column) =>
            one.Row[column.Key]?.Value.ToString(column.Format, CultureInfo.InvariantCulture) ?? "-";
    }
}
