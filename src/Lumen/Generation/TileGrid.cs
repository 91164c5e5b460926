using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>
/// Overlapping tiles of one size that cover a picture, and the way back: where tiles overlap, each counts the less the nearer its border is
/// (a ramp), so that no seam shows. The same grid serves pixels, latents and cells (<see cref="In"/>).
/// </summary>
public sealed record TileGrid
{
    private readonly int[] _lefts,
        _tops;

    /// <summary>Covers a picture with tiles of at least an overlap.</summary>
    /// <param name="canvas">Size of the picture, multiples of <paramref name="multiple"/>.</param>
    /// <param name="tile">Size of a tile, multiples of <paramref name="multiple"/>; sides longer than the picture's are cut to it.</param>
    /// <param name="overlap">What neighbours share at least, below the tile's sides.</param>
    /// <param name="multiple">What places are multiples of, so that they are whole in latents and cells.</param>
    /// <exception cref="ArgumentException">A size is no multiple, or the overlap leaves no progress.</exception>
    public TileGrid((int Width, int Height) canvas, (int Width, int Height) tile, int overlap, int multiple)
    {
        (Width, Height, TileWidth, TileHeight) = (
            canvas.Width,
            canvas.Height,
            Math.Min(tile.Width, canvas.Width),
            Math.Min(tile.Height, canvas.Height)
        );
        if (new[] { Width, Height, TileWidth, TileHeight }.Any(side => side < 1 || side % multiple != 0))
            throw new ArgumentException(
                $"canvas and tile must have sides that are multiples of {multiple} but are {canvas.Width} x {canvas.Height} and "
                    + $"{tile.Width} x {tile.Height}."
            );
        if (
            overlap < 0
            || (TileWidth < Width && TileWidth - overlap < multiple)
            || (TileHeight < Height && TileHeight - overlap < multiple)
        )
            throw new ArgumentException($"overlap must leave at least {multiple} of a tile but is {overlap}.", nameof(overlap));
        (_lefts, _tops) = (Starts(Width, TileWidth, overlap, multiple), Starts(Height, TileHeight, overlap, multiple));
    }

    private TileGrid(TileGrid grid, Func<int, int> scale)
    {
        (Width, Height, TileWidth, TileHeight) = (scale(grid.Width), scale(grid.Height), scale(grid.TileWidth), scale(grid.TileHeight));
        (_lefts, _tops) = ([.. grid._lefts.Select(scale)], [.. grid._tops.Select(scale)]);
    }

    /// <summary>Width of the picture.</summary>
    public int Width { get; }

    /// <summary>Height of the picture.</summary>
    public int Height { get; }

    /// <summary>Width of a tile.</summary>
    public int TileWidth { get; }

    /// <summary>Height of a tile.</summary>
    public int TileHeight { get; }

    /// <summary>Number of tiles.</summary>
    public int Count => _lefts.Length * _tops.Length;

    /// <summary>Left and top of a tile; row by row.</summary>
    public (int Left, int Top) this[int index] => (_lefts[index % _lefts.Length], _tops[index / _lefts.Length]);

    /// <summary>The same grid in a larger unit: latents, cells.</summary>
    /// <exception cref="ArgumentException">A place or side is not whole in it.</exception>
    public TileGrid In(int unit) =>
        new(
            this,
            side =>
                side % unit == 0
                    ? side / unit
                    : throw new ArgumentException(
                        $"unit must divide every place and side of the grid but {unit} does not divide {side}.",
                        nameof(unit)
                    )
        );

    /// <summary>The same grid in a smaller unit: pixels of latents.</summary>
    public TileGrid Times(int factor) => new(this, side => side * factor);

    /// <summary>A tile of a map.</summary>
    /// <param name="map">[..., H, W] of the grid's size.</param>
    /// <param name="index">Number of the tile.</param>
    /// <returns>[..., h, w]; a view.</returns>
    public Tensor Crop(Tensor map, int index) => map.narrow(-2, this[index].Top, TileHeight).narrow(-1, this[index].Left, TileWidth);

    /// <summary>A map from tiles.</summary>
    /// <param name="tiles">One [C, h, w] for each tile, in their order, float32.</param>
    /// <returns>[C, H, W] float32; the caller disposes it.</returns>
    public Tensor Blend(IReadOnlyList<Tensor> tiles)
    {
        if (tiles.Count != Count)
            throw new ArgumentException($"tiles must have {Count} entries but has {tiles.Count}.", nameof(tiles));
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var device = tiles[0].device;
        var sum = zeros([tiles[0].shape[0], Height, Width], ScalarType.Float32, device); // [C, H, W]
        var weights = zeros([1, Height, Width], ScalarType.Float32, device); // [1, H, W]
        for (var index = 0; index < Count; index++)
        {
            using var step = NewDisposeScope();
            var weight = Weight(index).to(device);
            Crop(sum, index).add_(tiles[index] * weight);
            Crop(weights, index).add_(weight);
        }
        return (sum / weights).MoveToOuterDisposeScope();
    }

    // [1, h, w]
    private Tensor Weight(int index)
    {
        var (column, row) = (index % _lefts.Length, index / _lefts.Length);
        return (tensor(Ramp(_tops, row, TileHeight)).unsqueeze(1) * tensor(Ramp(_lefts, column, TileWidth)).unsqueeze(0)).unsqueeze(0);
    }

    // Rises over the overlap with the tile before and falls over that with the one after; the picture's own border is no seam.
    private static float[] Ramp(int[] starts, int at, int side)
    {
        var before = at == 0 ? 0 : starts[at - 1] + side - starts[at];
        var after = at == starts.Length - 1 ? 0 : starts[at] + side - starts[at + 1];
        return [.. Enumerable.Range(0, side).Select(i => Math.Min(Rise(i, before), Rise(side - 1 - i, after)))];

        static float Rise(int i, int over) => i < over ? (i + 0.5f) / over : 1;
    }

    // As few tiles as the overlap allows, spread evenly.
    private static int[] Starts(int side, int tile, int overlap, int multiple)
    {
        var (free, step) = ((side - tile) / multiple, Math.Max(1, (tile - overlap) / multiple));
        var last = (free + step - 1) / step;
        return [.. Enumerable.Range(0, last + 1).Select(i => last == 0 ? 0 : (int)((long)free * i / last) * multiple)];
    }
}
