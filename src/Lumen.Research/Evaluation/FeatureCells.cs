using Lumen.Core.Native;
using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Models.Vision;
using Lumen.Scenes;
using static TorchSharp.torch;

namespace Lumen.Research.Evaluation;

/// <summary>Feature maps as rows, one per cell, and the classes that belong to them.</summary>
internal static class FeatureCells
{
    private static readonly long[] CellLast = [0, 2, 3, 1];

    /// <summary>
    /// Features of pictures of one size, extracted a batch at a time. All pictures get the same noise, so that none can be recognised by
    /// it.
    /// </summary>
    /// <param name="extractor">The extractor.</param>
    /// <param name="pictures">Of one size.</param>
    /// <param name="batches">Pictures in a batch, and batches at once.</param>
    /// <param name="done">Told how many pictures more are done.</param>
    /// <param name="stop">Stops before the next batch.</param>
    /// <returns>[n, C, h, w] float32 on the processor.</returns>
    public static Tensor Extract(
        IFeatureExtractor extractor,
        IReadOnlyList<Picture> pictures,
        (int Size, int AtOnce) batches,
        Action<int> done,
        CancellationToken stop
    )
    {
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        foreach (var round in pictures.Chunk(batches.Size).Chunk(batches.AtOnce))
        {
            var maps = new Tensor[round.Length];
            ParallelCalls.Run(round.Length, batches.AtOnce, index => maps[index] = Of(round[index]));
            foreach (var map in maps)
                parts.Add(map.MoveToOtherDisposeScope(scope));
            done(round.Sum(chunk => chunk.Length));
        }
        return cat(parts).cpu().MoveToOuterDisposeScope();

        Tensor Of(Picture[] chunk)
        {
            stop.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            return extractor.Extract(PictureTensor.ToTensor(chunk), new long[chunk.Length], stop).DetachFromDisposeScope();
        }
    }

    /// <summary>[n, C, h, w] to [n·h·w, C].</summary>
    public static Tensor Rows(Tensor maps) => maps.permute(CellLast).reshape(-1, maps.shape[1]);

    /// <summary>
    /// Features standardised per picture and channel, as a basis with <see cref="FeatureNormalisation.Standardise"/> does.
    /// </summary>
    public static Tensor Standardised(Tensor maps) =>
        FeaturePreparation.Prepare(maps, new BasisOptions { Normalisation = FeatureNormalisation.Standardise }).to_type(ScalarType.Float32);

    /// <summary>The most frequent class of each cell's pixels, the lowest id where two are equally frequent.</summary>
    /// <returns>[n·h·w] int64.</returns>
    public static Tensor Classes(IReadOnlyList<EvaluationScene> scenes, long height, long width) =>
        tensor(
            scenes
                .SelectMany(scene => Majority(scene.Labels, (scene.Picture.Width, scene.Picture.Height), ((int)width, (int)height)))
                .ToArray()
        );

    /// <summary>One property of each picture, repeated for all its cells.</summary>
    /// <returns>[n·h·w] int64.</returns>
    public static Tensor Property(IReadOnlyList<EvaluationScene> scenes, Func<SceneAppearance, int> value, long cells) =>
        tensor(scenes.SelectMany(scene => Enumerable.Repeat((long)value(scene.Appearance), (int)cells)).ToArray());

    /// <summary>Majority classes of a label map on a grid of cells, row-major.</summary>
    /// <param name="labels">[H * W].</param>
    /// <param name="size">Width and height of the label map.</param>
    /// <param name="grid">Width and height of the grid; each divides the map's.</param>
    internal static long[] Majority(byte[] labels, (int Width, int Height) size, (int Width, int Height) grid)
    {
        var (cellWidth, cellHeight) = (size.Width / grid.Width, size.Height / grid.Height);
        var classes = new long[grid.Width * grid.Height];
        Span<int> counts = stackalloc int[SceneClasses.Count];
        for (var cell = 0; cell < classes.Length; cell++)
        {
            counts.Clear();
            var (left, top) = (cell % grid.Width * cellWidth, cell / grid.Width * cellHeight);
            for (var y = top; y < top + cellHeight; y++)
            {
                foreach (var id in labels.AsSpan(y * size.Width + left, cellWidth))
                    counts[id]++;
            }
            var best = 0;
            for (var id = 1; id < counts.Length; id++)
            {
                if (counts[id] > counts[best])
                    best = id;
            }
            classes[cell] = best;
        }
        return classes;
    }
}
