namespace Lumen.Hub;

/// <summary>A model that is in the cache now.</summary>
/// <param name="Id">The id it was found under, which may be another than the one asked for.</param>
/// <param name="Commit">Its commit; empty where the cache answered alone.</param>
/// <param name="Folder">Its snapshot.</param>
/// <param name="Files">Number of files asked for.</param>
/// <param name="Bytes">Their bytes together.</param>
public sealed record PulledModel(HubId Id, string Commit, string Folder, int Files, long Bytes)
{
    /// <summary>True where all of it was in the cache already, so that nothing had to come.</summary>
    public bool WasHere { get; init; }
}
