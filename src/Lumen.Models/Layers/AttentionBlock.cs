using static TorchSharp.torch;

namespace Lumen.Models.Layers;

/// <summary>How attention is cut: some maps (heads of pictures) and some of their queries at a time, all keys.</summary>
internal static class AttentionBlock
{
    /// <summary>Every block of at most so many scores, or of one query where its scores are more.</summary>
    /// <param name="query">[maps, T, d].</param>
    /// <param name="key">[maps, S, d].</param>
    /// <param name="scores">Most scores of a block.</param>
    public static IEnumerable<((long First, long Count) Maps, (long First, long Count) Rows)> All(Tensor query, Tensor key, long scores)
    {
        var (maps, queries, keys) = (query.shape[0], query.shape[1], key.shape[1]);
        var rows = Math.Clamp(scores / keys, 1, queries);
        var together = Math.Clamp(scores / (rows * keys), 1, maps);
        for (var map = 0L; map < maps; map += together)
        for (var row = 0L; row < queries; row += rows)
            yield return ((map, Math.Min(together, maps - map)), (row, Math.Min(rows, queries - row)));
    }
}
