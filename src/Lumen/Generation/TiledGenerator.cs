using Lumen.Core.Tensors;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>
/// Layouts and pictures larger than the model's own size, at their full resolution: by overlapping tiles of the native size. Features of
/// tiles are blended before they are projected, so that values mean the same all over the picture; latents are denoised together; decoded
/// tiles are blended as pictures.
/// </summary>
/// <param name="generator">Model and adapter.</param>
/// <param name="batch">Tiles at once.</param>
public sealed class TiledGenerator(ImageGenerator generator, int batch)
{
    private const int OverlapDivisor = 4;
    private readonly DiffusionModel _model = generator.Model;
    private readonly LayoutAdapter _adapter =
        generator.Adapter
        ?? throw new LumenException(
            LumenErrorKind.Model,
            $"The model {generator.Model.Name} has no adapter, so it cannot read layouts. Give `Adapter` a LUMEN adapter folder."
        );

    /// <summary>The tiles of a picture: of the model's native size, sharing at least a quarter of it.</summary>
    /// <param name="width">Width in pixels, a multiple of the model's.</param>
    /// <param name="height">Height in pixels, a multiple of the model's.</param>
    public TileGrid GridFor(int width, int height)
    {
        var multiple = _model.SizeMultiple;
        var side = Math.Max(multiple, _model.NativeSize / multiple * multiple);
        var overlap = Math.Min(side - multiple, (side / OverlapDivisor + multiple - 1) / multiple * multiple);
        return new TileGrid((width, height), (side, side), overlap, multiple);
    }

    /// <summary>The layout of a whole picture at its own size, every tile with the same noise.</summary>
    /// <param name="picture">Of any size.</param>
    /// <param name="stop">Stops before the next tiles.</param>
    /// <exception cref="LumenException">The backbone's cells do not fit the tiles.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public ExtractedLayout ExtractLayout(Picture picture, CancellationToken stop = default)
    {
        using var scope = NewDisposeScope();
        var padded = Resizing.Pad(picture, _model.SizeMultiple);
        var (image, grid) = (PictureTensor.ToTensor(padded.Picture), GridFor(padded.Picture.Width, padded.Picture.Height)); // [1, 3, H, W]
        var features = DenoisingTiles.Walk(
            grid,
            batch,
            numbers =>
                _adapter.Features.Extract(cat([.. numbers.Select(number => grid.Crop(image, number))]), new long[numbers.Count], stop),
            tile => CellsOf(grid, tile.shape[^2], tile.shape[^1])
        );
        return new ExtractedLayout(
            _adapter.Basis.Layout(features.unsqueeze(0), padded.Picture.Width, padded.Picture.Height),
            picture,
            padded
        );
    }

    /// <summary>A picture of the request's size.</summary>
    /// <param name="request">With a layout that <see cref="ExtractLayout"/> gave; one picture.</param>
    /// <param name="options">Steps, guidance, strength, seed.</param>
    /// <param name="progress">Called after every denoising step.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <exception cref="LumenException">An option is out of range, or the layout belongs to another basis.</exception>
    public Picture Generate(
        GenerationRequest request,
        GenerationOptions options,
        IProgress<GenerationStep>? progress = null,
        CancellationToken stop = default
    )
    {
        options.Validate(_model.Schedule.Config.TrainTimesteps);
        var layout = request.Layout ?? throw new ArgumentException("request must have a layout.", nameof(request));
        layout.Require(_adapter.Basis);
        using var first = options.Components is { } components ? layout.First(components) : null;
        var map = (first ?? layout).Map;
        using var scope = NewDisposeScope();
        var (grid, stride) = (GridFor(request.PaddedWidth, request.PaddedHeight), (int)_model.Vae.Config.Stride);
        var cells = CellsOf(grid, map.shape[1] * grid.TileHeight / grid.Height, map.shape[2] * grid.TileWidth / grid.Width);
        var start = new DenoisingStart(
            [new RandomStream(request.Seed ?? options.Seed).For(request.FirstItem)],
            [_model.UNet.Config.InChannels, grid.Height / stride, grid.Width / stride]
        );
        using var own = generator.Embeddings is null ? new PromptEmbeddings(_model) : null;
        var embeddings = generator.Embeddings ?? own!;
        var prompts = (embeddings.Of([request.Prompt]), embeddings.Of([request.NegativePrompt ?? options.NegativePrompt]));
        var tiles = new DenoisingTiles(
            grid.In(stride),
            batch,
            numbers => LayoutAdapter.Condition(stack(numbers.Select(number => cells.Crop(map, number))), grid.TileHeight, grid.TileWidth)
        );
        stop.ThrowIfCancellationRequested();
        var loop = new DenoisingLoop(_model.UNet, _adapter.Control, _model.Schedule) { Tiles = tiles, Stop = stop };
        using var latents = loop.Finish(
            start,
            prompts,
            null,
            options,
            progress is null ? null : step => progress.Report(GenerationStep.Of(step, whole => [Decoded(whole, CancellationToken.None)]))
        );
        return Decoded(latents, stop);

        Picture Decoded(Tensor whole, CancellationToken ends)
        {
            var image = DenoisingTiles.Walk(
                tiles.Latents,
                batch,
                numbers =>
                {
                    ends.ThrowIfCancellationRequested();
                    return _model.Decode(cat([.. numbers.Select(number => tiles.Latents.Crop(whole, number))]));
                },
                _ => grid
            ); // [3, H, W]
            var picture = PictureTensor.ToPicture(image);
            return picture.Width == request.Width && picture.Height == request.Height
                ? picture
                : Resizing.Crop(picture, 0, 0, request.Width, request.Height);
        }
    }

    private TileGrid CellsOf(TileGrid grid, long rows, long columns)
    {
        var unit = (int)Math.Max(1, grid.TileHeight / Math.Max(1, rows));
        return rows * unit == grid.TileHeight && columns * unit == grid.TileWidth && _model.SizeMultiple % unit == 0
            ? grid.In(unit)
            : throw new LumenException(
                LumenErrorKind.File,
                $"The layouts of {_adapter.Name} cannot be read in tiles: {columns} x {rows} cells do not divide a tile of "
                    + $"{grid.TileWidth} x {grid.TileHeight} pixels evenly. Use `Fit` pad or `Fit` resize."
            );
    }
}
