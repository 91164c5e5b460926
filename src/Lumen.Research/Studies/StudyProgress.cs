namespace Lumen.Research.Studies;

/// <summary>Where a study is.</summary>
/// <param name="Stage">What is being done, in plain words.</param>
/// <param name="Done">Items that are done.</param>
/// <param name="Total">Items in all.</param>
/// <param name="Remaining">Time left, where that is known.</param>
public readonly record struct StudyProgress(string Stage, int Done, int Total, TimeSpan? Remaining = null);
