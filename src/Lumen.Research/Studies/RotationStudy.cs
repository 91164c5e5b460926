using System.Globalization;
using Lumen.Layouts;
using static TorchSharp.torch;

namespace Lumen.Research.Studies;

/// <summary>The layout times a random orthogonal matrix: does only the subspace matter?</summary>
public sealed class RotationStudy : GenerationStudy
{
    private const string Plain = "plain",
        Rotated = "rotated";

    /// <inheritdoc/>
    public override string Name => "rotation";

    /// <inheritdoc/>
    public override string Question =>
        "Does quality hold when layouts are turned by a random orthogonal matrix, once the adapter knows it - as it should if only "
        + "the subspace matters?";

    /// <inheritdoc/>
    public override StudyFindings Conclude(IReadOnlyList<StudyRow> rows, StudyBench bench, StudyStore store)
    {
        var (conditions, named) = (Conditions(bench), ByCondition(rows));
        var columns = PictureColumns.Alignment.Concat(PictureColumns.Freedom).Where(column => column.Key is not ("fid" or "kid")).ToArray();
        var table = new StudyTable(
            "rotation",
            "Layouts as they are and turned",
            "adapter and layout",
            columns,
            [
                .. conditions.Select(condition =>
                    PictureColumns.Row(condition.Title, columns, (named[condition.Id], null), bench.Recipe.Resamples)
                ),
            ]
        );
        var main = table.Columns.First(column => column.Key is "miou" or "agreement");
        var (source, figure) = PictureColumns.Of(main);
        var broken = StudyStatistics.Difference(Holding(Plain), Holding(Rotated), figure, bench.Recipe.Resamples)!;
        var trained = conditions
            .Skip(2)
            .Select(condition =>
                (condition.Title, Lost: StudyStatistics.Difference(Holding(Plain), Holding(condition.Id), figure, bench.Recipe.Resamples)!)
            )
            .ToArray();
        var held =
            trained.Length == 0
                ? "no adapter trained on turned layouts was there to compare"
                : string.Join(", ", trained.Select(one => $"the {one.Title} loses {one.Lost.ToText(main.Format)}"));
        return new StudyFindings
        {
            Setting =
            [
                .. bench.Setting(generates: true),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The matrix is drawn evenly from all orthogonal ones of {bench.FirstLayoutAdapter!.Layout!.Basis.Components} "
                        + $"components, seed {bench.Recipe.RotationSeed}."
                ),
                "Layout agreement is measured in the components as they are, whatever was turned on the way in.",
                bench.TextEvaluation,
            ],
            Tables = [table],
            Drawings =
            [
                new StudyDrawing(
                    "plot-rotation",
                    $"{main.Title} with 95 % intervals.",
                    StudyPlot.Lines(main.Named, main.Better, [.. table.Rows.Select(row => (row.Name, row[main.Key]!))])
                ),
                .. Sheet(bench, store, [.. conditions.Select(condition => (condition.Id, condition.Title))]) is { } sheet
                    ? new[] { sheet }
                    : [],
            ],
            Meaning = $"Turned layouts cost the adapter that does not know the turn {main.Title} {broken.ToText(main.Format)}; {held}.",
            Targets =
            [
                new StudyTarget(
                    $"an adapter that does not know the turn breaks: {main.Title} falls by more than its interval",
                    broken.ToText(main.Format),
                    broken.Low > 0
                ),
                .. trained.Select(one => new StudyTarget(
                    $"{one.Title} keeps {main.Title}: it loses nothing outside its interval",
                    one.Lost.ToText(main.Format),
                    one.Lost.Low <= 0
                )),
            ],
            WouldChange =
            [
                "Less training of one adapter than of the other: the comparison of trained adapters needs equal budgets.",
                "Nested dropout: after a turn the first components are no longer the strongest, so an adapter trained with it sees "
                    + "another task.",
            ],
        };

        IEnumerable<StudyRow> Holding(string id) => named[id].Where(row => row.Has(source));
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<StudyCondition> Conditions(StudyBench bench)
    {
        if (bench.FirstLayoutAdapter is not { } main)
            return [];
        var (components, seed) = (main.Layout!.Basis.Components, bench.Recipe.RotationSeed);
        return
        [
            new StudyCondition(Plain, $"{main.Name}, layout as it is", main),
            new StudyCondition(Rotated, $"{main.Name}, layout turned", main)
            {
                Edit = Turn,
                EditName = string.Create(CultureInfo.InvariantCulture, $"rotation {seed}"),
            },
            .. bench
                .Adapters.Where(adapter => adapter != main && adapter.Layout is not null)
                .Select(adapter => new StudyCondition(adapter.Name, $"{adapter.Name}, trained on turned layouts", adapter)),
        ];

        Tensor Turn(Tensor layouts)
        {
            using var scope = NewDisposeScope();
            return RandomRotation.Apply(layouts, RandomRotation.Of(components, seed)).MoveToOuterDisposeScope();
        }
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Missing(StudyBench bench) =>
        bench.FirstLayoutAdapter is null ? ["There is no adapter conditioned on layouts."] : [];
}
