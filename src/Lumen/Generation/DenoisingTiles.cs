using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>
/// How a picture larger than the model is denoised: every step is predicted tile by tile and blended into one prediction, so that tiles
/// agree where they overlap (Bar-Tal et al. 2023, "MultiDiffusion").
/// </summary>
/// <param name="Latents">The tiles, in latents.</param>
/// <param name="Batch">Tiles at once; the last pass is filled up, so that every pass has one shape.</param>
/// <param name="Condition">The adapter's condition of some tiles, [b, K, h, w]; null without an adapter.</param>
public sealed record DenoisingTiles(TileGrid Latents, int Batch, Func<IReadOnlyList<int>, Tensor>? Condition)
{
    /// <summary>Runs over all tiles.</summary>
    /// <param name="grid">The tiles.</param>
    /// <param name="batch">Tiles at once.</param>
    /// <param name="run">Tiles by number to their results, [b, C, h, w]; called within a scope of its own.</param>
    /// <param name="results">The grid in the unit of the results, found from the first of them.</param>
    /// <returns>[C, H, W] float32; the caller disposes it.</returns>
    internal static Tensor Walk(TileGrid grid, int batch, Func<IReadOnlyList<int>, Tensor> run, Func<Tensor, TileGrid> results)
    {
        using var scope = NewDisposeScope();
        var tiles = new List<Tensor>(grid.Count);
        foreach (var chunk in Enumerable.Range(0, grid.Count).Chunk(batch))
        {
            using var step = NewDisposeScope();
            int[] filled = [.. chunk, .. Enumerable.Repeat(chunk[^1], batch - chunk.Length)];
            var output = run(filled); // [b, C, h, w]
            for (var i = 0; i < chunk.Length; i++)
                tiles.Add(output[i].clone().MoveToOuterDisposeScope());
        }
        return results(tiles[0]).Blend(tiles).MoveToOuterDisposeScope();
    }
}
