namespace Lumen.Research.Studies;

/// <summary>What a study found.</summary>
public sealed record StudyFindings
{
    /// <summary>How it was measured, in sentences.</summary>
    public required IReadOnlyList<string> Setting { get; init; }

    /// <summary>The tables.</summary>
    public required IReadOnlyList<StudyTable> Tables { get; init; }

    /// <summary>Plots and contact sheets.</summary>
    public IReadOnlyList<StudyDrawing> Drawings { get; init; } = [];

    /// <summary>What it means, in one sentence.</summary>
    public required string Meaning { get; init; }

    /// <summary>What the study is held to.</summary>
    public IReadOnlyList<StudyTarget> Targets { get; init; } = [];

    /// <summary>What would change the conclusion.</summary>
    public required IReadOnlyList<string> WouldChange { get; init; }
}
