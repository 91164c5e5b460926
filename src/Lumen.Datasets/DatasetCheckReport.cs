namespace Lumen.Datasets;

/// <summary>What a check found.</summary>
/// <param name="Items">Items looked at.</param>
/// <param name="Labels">Label files looked at.</param>
/// <param name="Faults">The first fault of every kind, with their numbers; empty where nothing is wrong.</param>
public sealed record DatasetCheckReport(long Items, long Labels, IReadOnlyList<DatasetFault> Faults)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool IsSound => Faults.Count == 0;

    /// <summary>What is no fault but worth a word, in sentences; the first says how many pictures have a caption.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
