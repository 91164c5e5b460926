using System.Security.Cryptography;
using Lumen.Core.Tensors;
using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Training.Data;

namespace Lumen.Training.Perception;

/// <summary>
/// Labelled pictures of one size: what perception networks are trained on and measured with. Made from street scenes, from pictures in
/// memory, or from a data set; sets can be cut, joined, and shown other pictures with the same labels. Reading one item never touches
/// another, so sets of scenes stay on disk.
/// </summary>
public sealed class PerceptionData
{
    private const int MostRead = 4096;
    private readonly (IPackedSource Source, int Index)[] _items;

    private PerceptionData((int Width, int Height) size, PerceptionClasses classes, PerceptionLabels has, (IPackedSource, int)[] items)
    {
        if (size.Width % PerceptionConfig.Stride != 0 || size.Height % PerceptionConfig.Stride != 0)
            throw new LumenException(
                $"Perception networks need pictures whose sides are divisible by {PerceptionConfig.Stride}, but these are "
                    + $"{size.Width} x {size.Height}. Resize them first."
            );
        if (items.Length == 0)
            throw new LumenException("There are no pictures for a perception network. Give at least one.");
        (Width, Height, Classes, Has, _items) = (size.Width, size.Height, classes, has, items);
    }

    /// <summary>Number of pictures.</summary>
    public int Count => _items.Length;

    /// <summary>Columns of each.</summary>
    public int Width { get; }

    /// <summary>Rows of each.</summary>
    public int Height { get; }

    /// <summary>The classes of the labels.</summary>
    public PerceptionClasses Classes { get; }

    /// <summary>Which kinds of labels there are.</summary>
    public PerceptionLabels Has { get; }

    /// <summary>
    /// Street scenes with everything that is known of them; pixels and labels are rendered into <paramref name="cache"/> once.
    /// </summary>
    /// <exception cref="LumenException">The cache cannot be written.</exception>
    public static PerceptionData FromScenes(
        SceneSelection selection,
        string cache,
        IProgress<int>? progress = null,
        CancellationToken stop = default
    ) => FromScenes(SceneCorpus.OpenLabelled(selection, cache, progress, stop));

    /// <summary>Street scenes with everything that is known of them.</summary>
    /// <param name="corpus">Opened with labels; it must stay open as long as the set is used.</param>
    public static PerceptionData FromScenes(SceneCorpus corpus)
    {
        var source = new PackedScenes(corpus);
        return new PerceptionData(
            (corpus.Size, corpus.Size),
            PerceptionClasses.Street,
            PerceptionLabels.All,
            [.. Enumerable.Range(0, corpus.Count).Select(index => ((IPackedSource)source, index))]
        );
    }

    /// <summary>Pictures of one size, taken into memory (thirteen bytes a pixel) one after the other.</summary>
    /// <param name="pictures">The pictures; labels are class ids or 255.</param>
    /// <param name="classes">Their classes.</param>
    /// <exception cref="LumenException">Sizes differ, or a label is no class; the picture is named by its number.</exception>
    public static PerceptionData FromPictures(IEnumerable<LabelledPicture> pictures, PerceptionClasses classes)
    {
        var memory = new PackedMemory();
        (int Width, int Height)? size = null;
        foreach (var item in pictures)
        {
            size ??= (item.Picture.Width, item.Picture.Height);
            if (size != (item.Picture.Width, item.Picture.Height))
                throw new LumenException(
                    $"All pictures must have one size, {size.Value.Width} x {size.Value.Height} like the first, but number "
                        + $"{memory.Count} is {item.Picture.Width} x {item.Picture.Height}. Resize them first."
                );
            memory.Add(item, classes, $"Picture {memory.Count}");
        }
        return new PerceptionData(
            size ?? default,
            classes,
            memory.Has,
            [.. Enumerable.Range(0, memory.Count).Select(index => ((IPackedSource)memory, index))]
        );
    }

    /// <summary>
    /// A part of a data set on disk, brought to one size in memory: pictures by area or Lanczos, everything else by the pixel under the
    /// middle. Void and unknown labels are 255.
    /// </summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="split">Its part: <c>train</c>, <c>test</c>, <c>all</c>.</param>
    /// <param name="reading">Size, which labels, which pictures.</param>
    /// <param name="progress">Pictures read.</param>
    /// <param name="stop">Ends the reading.</param>
    /// <exception cref="LumenException">A file cannot be read or does not fit; it is named.</exception>
    public static PerceptionData FromDataset(
        Dataset dataset,
        string split,
        DatasetReading reading,
        IProgress<int>? progress = null,
        CancellationToken stop = default
    ) => reading.Read(dataset, split, progress, stop);

    /// <summary>
    /// A part of a data set as <see cref="FromDataset"/> takes it, but every picture is read from its files each time it is asked for: for
    /// figures, which see each once.
    /// </summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="split">Its part: <c>train</c>, <c>test</c>, <c>all</c>.</param>
    /// <param name="reading">Size, which labels, which pictures.</param>
    /// <exception cref="LumenException">Its classes cannot be used, or the part is empty. A file that cannot be read is named when it is
    /// read.</exception>
    public static PerceptionData OpenDataset(Dataset dataset, string split, DatasetReading reading) => reading.Open(dataset, split);

    /// <summary>Pictures of one size, wherever they are.</summary>
    internal static PerceptionData FromSource(
        (IPackedSource Source, int Count) pictures,
        (int Width, int Height) size,
        PerceptionClasses classes,
        PerceptionLabels has
    ) => new(size, classes, has, [.. Enumerable.Range(0, pictures.Count).Select(index => (pictures.Source, index))]);

    /// <summary>Items of a folder, cut to squares of one size, taken into memory.</summary>
    /// <param name="corpus">The items.</param>
    /// <param name="dataset">The data set they are of: it says what the classes are. Void and unknown labels are 255.</param>
    /// <param name="stop">Ends the reading.</param>
    /// <exception cref="LumenException">A file cannot be read or does not fit; it is named.</exception>
    internal static PerceptionData FromCorpus(PictureCorpus corpus, Dataset dataset, CancellationToken stop = default)
    {
        IgnoredValue.RequireMeant(dataset, dataset.Splits[0]);
        var (classes, ids) = new DatasetReading().ClassesOf(dataset);
        return FromPictures(
            Enumerable
                .Range(0, corpus.Count)
                .Select(index =>
                {
                    stop.ThrowIfCancellationRequested();
                    return LabelledPicture.From(corpus.Annotated(index)).Renumbered(ids);
                }),
            classes
        );
    }

    /// <summary>Some of the pictures.</summary>
    /// <param name="indices">Their numbers; one may come more than once.</param>
    public PerceptionData Subset(IEnumerable<int> indices) =>
        new((Width, Height), Classes, Has, [.. indices.Select(index => _items[index])]);

    /// <summary>The first pictures, no more than there are.</summary>
    public PerceptionData First(int count) => Subset(Enumerable.Range(0, Math.Min(count, Count)));

    /// <summary>Both sets, one after the other.</summary>
    /// <exception cref="LumenException">Sizes or classes differ.</exception>
    public PerceptionData With(PerceptionData other)
    {
        if ((Width, Height) != (other.Width, other.Height) || !Classes.Equals(other.Classes))
            throw new LumenException(
                $"Two sets can be joined where size and classes are the same, but these are {Width} x {Height} with {Classes.Count} "
                    + $"classes and {other.Width} x {other.Height} with {other.Classes.Count}."
            );
        return new PerceptionData((Width, Height), Classes, Has | other.Has, [.. _items, .. other._items]);
    }

    /// <summary>
    /// Other pictures with the labels of these, one for one: what was generated from references. The pictures are kept in memory.
    /// </summary>
    /// <exception cref="LumenException">Their number or size is another.</exception>
    public PerceptionData Showing(IReadOnlyList<Picture> pictures)
    {
        if (pictures.Count != Count)
            throw new LumenException(
                $"There are {pictures.Count} pictures for the labels of {Count}. Give one for each; Subset repeats labels where "
                    + "several pictures share them."
            );
        foreach (var picture in pictures.Where(picture => (picture.Width, picture.Height) != (Width, Height)))
            throw new LumenException(
                $"A picture is {picture.Width} x {picture.Height}, but the labels are for {Width} x {Height}. Resize it first."
            );
        var showing = new PackedShowing(pictures, _items);
        return new PerceptionData(
            (Width, Height),
            Classes,
            Has,
            [.. Enumerable.Range(0, Count).Select(index => ((IPackedSource)showing, index))]
        );
    }

    /// <summary>One picture with its labels, to the precision they are kept in.</summary>
    public LabelledPicture this[int index]
    {
        get
        {
            var (rgb, packed) = (new byte[Width * Height * 3], new byte[Width * Height * PackedLabels.BytesPerPixel]);
            _items[index].Source.Read(_items[index].Index, rgb, packed);
            var all = PackedLabels.Unpack(new Picture(Width, Height, rgb), packed);
            return all with
            {
                Labels = Has.HasFlag(PerceptionLabels.Classes) ? all.Labels : null,
                Depth = Has.HasFlag(PerceptionLabels.Depth) ? all.Depth : null,
                Normals = Has.HasFlag(PerceptionLabels.Normals) ? all.Normals : null,
                Instances = Has.HasFlag(PerceptionLabels.Instances) ? all.Instances : null,
                Yaw = Has.HasFlag(PerceptionLabels.Yaw) ? all.Yaw : null,
            };
        }
    }

    /// <summary>
    /// What the pictures are: their number and a hash over pixels and labels. Of many, some that are spread evenly are read.
    /// </summary>
    public string Fingerprint()
    {
        var read = Math.Min(Count, MostRead);
        var (rgb, packed) = (new byte[Width * Height * 3], new byte[Width * Height * PackedLabels.BytesPerPixel]);
        return CorpusFingerprint.Words(
            Count,
            "picture",
            Enumerable
                .Range(0, read)
                .Select(at =>
                {
                    var (source, index) = _items[(int)((long)at * Count / read)];
                    source.Read(index, rgb, packed);
                    return SHA256.HashData([.. SHA256.HashData(rgb), .. SHA256.HashData(packed)]);
                })
        );
    }

    /// <summary>
    /// Indices of the batch of a step: every epoch is a new permutation, and a step's batch depends on nothing but seed and step.
    /// </summary>
    public int[] Indices(RandomStream random, long step, int batch) =>
        [
            .. Enumerable
                .Range(0, batch)
                .Select(i => step * batch + i)
                .Select(position => Shuffle.At(random.For(position / Count).Seed, (int)(position % Count), Count)),
        ];

    /// <summary>Some pictures with their labels as tensors.</summary>
    public PerceptionBatch Batch(params IReadOnlyList<int> indices) =>
        new BatchBuilder((Width, Height), Classes, indices.Count).Fill(
            (i, rgb, labels) =>
            {
                var (source, index) = _items[indices[i]];
                source.Read(index, rgb, labels);
            }
        );

    /// <summary>
    /// A weight for each class, (share of its pixels)^-<paramref name="exponent"/>, 1 on the average pixel: 0 weighs all pixels alike, 1
    /// all classes. At most the first 512 pictures are counted.
    /// </summary>
    /// <returns>[K]; 0 for a class that does not occur.</returns>
    public float[] ClassWeights(double exponent)
    {
        var counts = new long[Classes.Count];
        var (rgb, packed) = (new byte[Width * Height * 3], new byte[Width * Height * PackedLabels.BytesPerPixel]);
        foreach (var (source, index) in _items.Take(512))
        {
            source.Read(index, rgb, packed);
            foreach (var label in PackedLabels.Labels(packed))
                if (label < counts.Length)
                    counts[label]++;
        }
        var total = Math.Max(1.0, counts.Sum());
        var weights = counts.Select(count => count == 0 ? 0 : Math.Pow(count / total, -exponent)).ToArray();
        var mean = weights.Zip(counts, (weight, count) => weight * count / total).Sum();
        return [.. weights.Select(weight => mean > 0 ? (float)(weight / mean) : 1)];
    }
}
