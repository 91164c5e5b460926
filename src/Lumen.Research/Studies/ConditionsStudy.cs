using System.Globalization;

namespace Lumen.Research.Studies;

/// <summary>
/// Layout against label map, Canny edges and depth, with real renders as the ceiling and another reference's truth as the floor.
/// </summary>
public sealed class ConditionsStudy : GenerationStudy
{
    /// <inheritdoc/>
    public override string Name => "conditions";

    /// <inheritdoc/>
    public override string Question =>
        "Does the neural layout, which needs no labels, lead pictures as well as a label map, and better than edges and depth?";

    /// <inheritdoc/>
    public override StudyFindings Conclude(IReadOnlyList<StudyRow> rows, StudyBench bench, StudyStore store)
    {
        var report = new ComparisonReport(rows, Conditions(bench), bench, store);
        string[] wouldChange =
        [
            "Adapters trained with another budget than the layout's: only equal budgets compare conditions.",
            "An evaluator whose mistakes depend on the appearance; the row of real pictures shows what it makes of the same appearances "
                + "without any generation.",
            string.Create(
                CultureInfo.InvariantCulture,
                $"Longer training of the base and of all adapters: these are the present weights, on {bench.Recipe.References} references."
            ),
        ];
        return report.Findings(wouldChange) with { Targets = report.Targets() };
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<StudyCondition> Conditions(StudyBench bench) =>
        [
            .. bench.Adapters.Select(adapter => new StudyCondition(adapter.Name, adapter.Name, adapter)
            {
                HasFloor = adapter == bench.FirstLayoutAdapter,
            }),
            .. ComparisonReport.Ceilings,
        ];
}
