namespace Lumen.Hub;

/// <summary>What the hub says about a model.</summary>
/// <param name="Commit">The commit that the revision stands for.</param>
/// <param name="Files">Paths of its files, checked.</param>
/// <param name="Refusal">Why it is not given; null if it is.</param>
internal sealed record HubListing(string Commit, IReadOnlyList<string> Files, LumenException? Refusal = null);
