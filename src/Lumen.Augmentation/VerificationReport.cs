namespace Lumen.Augmentation;

/// <summary>What a verification found.</summary>
/// <param name="Items">Generated pictures in the manifest.</param>
/// <param name="Files">Files that were hashed.</param>
/// <param name="Faults">What is missing, changed, or there although nothing names it; a sentence each.</param>
public sealed record VerificationReport(long Items, long Files, IReadOnlyList<string> Faults)
{
    /// <summary>What could not be verified, and what is not at its end yet; a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>
    /// A digest of everything that is recorded. Written down elsewhere, it tells later whether records were changed together with files.
    /// Empty for folders of earlier versions.
    /// </summary>
    public string Sha256 { get; init; } = "";

    /// <summary>Whether every file is what its record says.</summary>
    public bool IsSound => Faults.Count == 0;
}
