using Lumen.Imaging;

namespace Lumen.Research.Studies;

/// <summary>What a unit of work leaves.</summary>
/// <param name="Rows">What was measured.</param>
/// <param name="Samples">Pictures for the contact sheet, by name.</param>
public sealed record StudyUnitResult(IReadOnlyList<StudyRow> Rows, IReadOnlyDictionary<string, Picture> Samples);
