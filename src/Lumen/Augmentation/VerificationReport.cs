namespace Lumen.Augmentation;

/// <summary>What a verification found.</summary>
/// <param name="Items">Generated pictures in the manifest.</param>
/// <param name="Files">Files that were hashed.</param>
/// <param name="Faults">Files that are missing or changed, a sentence each.</param>
public sealed record VerificationReport(long Items, long Files, IReadOnlyList<string> Faults)
{
    /// <summary>Whether every file is what the manifest says.</summary>
    public bool IsSound => Faults.Count == 0;
}
