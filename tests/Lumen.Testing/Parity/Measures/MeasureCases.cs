namespace Lumen.Testing.Parity.Measures;

/// <summary>Cases whose wanted numbers are in <c>expected.json</c>.</summary>
internal abstract class MeasureCases : CaseKind
{
    /// <summary>One of each kind.</summary>
    public static IReadOnlyList<CaseKind> All { get; } =
    [
        new FrechetCases(),
        new KernelCases(),
        new SegmentationCases(),
        new PanopticCases(),
        new DepthCases(),
        new NormalCases(),
        new PerceptualCases(),
        new ClipScoreCases(),
        new SimilarityCases(),
        new CannyCases(),
    ];

    public override bool ComputesPlaced => false;

    public override bool Fits(ReferenceCase reference) => reference.Holds("expected.json") && FitsInputs(reference);

    public override void Run(CaseRun run)
    {
        var expected = ExpectedFigures.Of(run);
        Compare(run, expected);
        expected.ReportRest();
    }

    protected abstract bool FitsInputs(ReferenceCase reference);

    protected abstract void Compare(CaseRun run, ExpectedFigures expected);
}
