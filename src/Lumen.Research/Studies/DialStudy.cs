using System.Globalization;

namespace Lumen.Research.Studies;

/// <summary>
/// Settings of one adapter against each other: guidance of prompt and layout, the interval in which the layout acts, its strength, the
/// number of components, sampler and steps; chosen is the one that obeys best and loses little of where things are.
/// </summary>
public sealed class DialStudy : GenerationStudy
{
    private const double Loss = 0.02; // of the best fidelity, which the choice may cost

    private static readonly string[] Asked = ["time", "weather", "palette"];

    private static readonly StudyColumn Obedience = new("obedience", "as asked: mean of time, weather and palette", "share", true),
        FidelityShare = new("share", "share of the best fidelity", "", true);

    /// <inheritdoc/>
    public override string Name => "dial";

    /// <inheritdoc/>
    public override string Question =>
        "Which settings obey the prompt best and keep the layout - guidance, its interval, strength, components, sampler?";

    /// <inheritdoc/>
    public override void Check(StudyRecipe recipe)
    {
        base.Check(recipe);
        if (recipe.Dial.Count < 2)
            throw new LumenException(
                $"The study {Name} needs two or more settings to compare: "
                    + "\"dial\": [{ \"name\": \"own\" }, { \"name\": \"guidance-5\", \"guidance_scale\": 5 }] in its recipe."
            );
    }

    /// <inheritdoc/>
    public override StudyFindings Conclude(IReadOnlyList<StudyRow> rows, StudyBench bench, StudyStore store)
    {
        var conditions = Conditions(bench);
        var report = new ComparisonReport(rows, conditions, bench, store);
        var named = ByCondition(rows);
        var fidelity = bench.Evaluator is null ? PictureColumns.Agreement : PictureColumns.MeanIoU;
        StudyTableRow[] points = [.. conditions.Where(one => one.Adapter is not null).Select(Point)];
        var best = points.Max(point => point[fidelity.Key]!.Value);
        foreach (var point in points)
            ((Dictionary<string, StudyFigure?>)point.Figures)[FidelityShare.Key] = Divided(point[fidelity.Key]!, best);
        var table = new StudyTable("dial", "The settings", "settings", [fidelity, FidelityShare, Obedience], points)
        {
            Note = string.Join(" ", bench.Recipe.Dial.Select(point => $"{point.Name}: {Described(point)}.")),
        };
        var chosen = points
            .Where(point => point[FidelityShare.Key]!.Value >= 1 - Loss && point[Obedience.Key] is not null)
            .MaxBy(point => point[Obedience.Key]!.Value);
        string[] wouldChange =
        [
            "Another adapter: what it carries of the reference's look decides how much guidance it takes to undo it.",
            "Another price: settings that lose more of where things are may obey better.",
        ];
        var findings = report.Findings(wouldChange);
        return findings with
        {
            Tables = [table, .. findings.Tables],
            Drawings =
            [
                new StudyDrawing(
                    "plot-dial",
                    "Every setting by how well it obeys and how well it keeps the layout, with 95 % intervals.",
                    StudyPlot.Dial(
                        "Settings",
                        (Obedience.Title, fidelity.Title),
                        [
                            .. points
                                .Where(point => point[Obedience.Key] is not null)
                                .Select(point => (point.Name, point[Obedience.Key]!, point[fidelity.Key]!)),
                        ],
                        joined: false
                    )
                ),
                .. findings.Drawings,
            ],
            Meaning = chosen is null
                ? "Photos' own captions ask for nothing that is measured: only fidelity is compared."
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"Within {100 * Loss:0} % of the best {fidelity.Title} ({best:0.000}), {chosen.Name} obeys best: "
                        + $"{chosen[Obedience.Key]!.ToText("0.000")} as asked, {fidelity.Title} {chosen[fidelity.Key]!.ToText("0.000")}."
                ),
        };

        StudyTableRow Point(StudyCondition condition)
        {
            var own = named[condition.Id];
            return new StudyTableRow(
                condition.Title,
                new Dictionary<string, StudyFigure?>
                {
                    [fidelity.Key] = PictureColumns.Figure(fidelity, own, null, bench.Recipe.Resamples),
                    [Obedience.Key] = StudyStatistics.Of(
                        own.Where(row => Asked.All(row.Has)),
                        drawn => drawn.Average(row => Asked.Average(name => row[name])),
                        bench.Recipe.Resamples
                    ),
                }
            );
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<StudyCondition> Conditions(StudyBench bench)
    {
        if (bench.FirstLayoutAdapter is not { } adapter)
            return [];
        return
        [
            .. bench.Recipe.Dial.Select(point => new StudyCondition(point.Name, point.Name, adapter)
            {
                Edit = point.Components is { } count ? StudyCondition.First(count) : null,
                EditName = point.Changes,
                Generation = point.Of(bench.Recipe.Generation),
            }),
            .. ComparisonReport.Ceilings,
        ];
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Missing(StudyBench bench) =>
        bench.FirstLayoutAdapter is null ? ["There is no adapter conditioned on layouts."] : [];

    private static string Described(DialPoint point) => point.Changes.Length == 0 ? "the recipe's own" : point.Changes;

    private static StudyFigure Divided(StudyFigure figure, double by) =>
        figure with
        {
            Value = figure.Value / by,
            Low = figure.Low / by,
            High = figure.High / by,
            SeedSpread = figure.SeedSpread / by,
        };
}
