namespace Lumen.Research.Studies;

/// <summary>Layouts of several backbones: Stable Diffusion, DINO, DINOv2, CLIP.</summary>
public sealed class BackbonesStudy : GenerationStudy
{
    /// <inheritdoc/>
    public override string Name => "backbones";

    /// <inheritdoc/>
    public override string Question => "Which foundation network gives the best layouts, the adapters being trained alike?";

    /// <inheritdoc/>
    public override StudyFindings Conclude(IReadOnlyList<StudyRow> rows, StudyBench bench, StudyStore store) =>
        new ComparisonReport(rows, Conditions(bench), bench, store).Findings([
            "Backbones trained on other pictures or for longer: published ones have seen millions, ours the street world alone.",
            "Another layer, facet or number of components for one of them.",
            "Layout agreement is measured with the first adapter's own features and so favours it; the evaluator's columns do not.",
        ]);

    /// <inheritdoc/>
    protected override IReadOnlyList<StudyCondition> Conditions(StudyBench bench) =>
        [.. bench.Adapters.Select(adapter => new StudyCondition(adapter.Name, Title(adapter), adapter)), .. ComparisonReport.Ceilings];

    private static string Title(StudyAdapter adapter) =>
        adapter.Layout is { } layout
            ? $"{adapter.Name} ({layout.Basis.Source.Backbone}, {layout.Basis.Source.Layer}, N = {layout.Basis.Components})"
            : adapter.Name;
}
