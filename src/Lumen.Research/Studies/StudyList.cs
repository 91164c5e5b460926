namespace Lumen.Research.Studies;

/// <summary>The studies there are.</summary>
public static class StudyList
{
    /// <summary>All of them, in the order of the results page.</summary>
    public static IReadOnlyList<IStudy> All { get; } =
    [
        new ConditionsStudy(),
        new ComponentsStudy(),
        new DialStudy(),
        new BackbonesStudy(),
        new CorrelationStudy(),
        new RotationStudy(),
        new ColourLeakStudy(),
        new CalibrationStudy(),
        new AugmentationStudy(),
    ];
}
