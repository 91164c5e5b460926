namespace Lumen.Hub;

/// <summary>How far a download is.</summary>
/// <param name="File">The file at work, as the repository names it.</param>
/// <param name="Done">Bytes of all files that are here.</param>
/// <param name="Total">Bytes of all files.</param>
public sealed record HubProgress(string File, long Done, long Total);
