using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Datasets;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Training.Data;

/// <summary>Pictures with a caption each, squares or of a few shapes: what training needs of a data set.</summary>
public abstract class PictureCorpus : IDisposable
{
    private IReadOnlyList<int[]>? _all;

    /// <summary>Number of pictures.</summary>
    public abstract int Count { get; }

    /// <summary>Side of the square pictures in pixels; where they have several shapes, of the square that none is larger than.</summary>
    public abstract int Size { get; }

    /// <summary>The pictures of each shape, by index; all in one where they are squares.</summary>
    public virtual IReadOnlyList<int[]> Buckets =>
        _all ??= [
            [.. Enumerable.Range(0, Count)],
        ];

    /// <summary>The shape of one picture.</summary>
    public virtual PictureShape ShapeOf(int index) => new(Size, Size);

    /// <summary>What the corpus is, in words that identify it: recorded in model cards and used as the key of caches.</summary>
    public abstract string Identity { get; }

    /// <summary>As <see cref="Identity"/> for what <see cref="Annotated"/> gives besides the pixels.</summary>
    public virtual string AnnotationIdentity => Identity;

    /// <summary>What the corpus is, for people: recorded in the basis that is fitted to it.</summary>
    public virtual string Description => Identity;

    /// <summary>The classes of its labels; null where it has none or does not say.</summary>
    public virtual LabelClasses? Classes => null;

    /// <summary>What messages call one picture.</summary>
    public virtual string Name(int index) => $"picture {index} of {Identity}";

    /// <summary>Caption of one picture; empty where there is none.</summary>
    public abstract string Caption(int index);

    /// <summary>Writes the RGB bytes of one picture, H·W·3, row-major.</summary>
    public abstract void ReadRgb(int index, Span<byte> rgb);

    /// <summary>One picture.</summary>
    public Picture ReadPicture(int index)
    {
        var shape = ShapeOf(index);
        var rgb = new byte[shape.Area * 3];
        ReadRgb(index, rgb);
        return new Picture(shape.Width, shape.Height, rgb);
    }

    /// <summary>
    /// One picture with the labels, depth and normals that the data set has of it. Only the conditions that layouts are compared with use
    /// them.
    /// </summary>
    public virtual AnnotatedPicture Annotated(int index) => new(ReadPicture(index));

    /// <summary>Some pictures of one shape as a batch.</summary>
    /// <returns>[B, 3, H, W] in [-1, 1], float32.</returns>
    public Tensor Batch(ReadOnlySpan<int> indices)
    {
        var shape = ShapeOf(indices[0]);
        var bytes = new byte[indices.Length * shape.Area * 3];
        for (var i = 0; i < indices.Length; i++)
        {
            if (ShapeOf(indices[i]) != shape)
                throw new InvalidOperationException($"Pictures of {shape} and {ShapeOf(indices[i])} are no batch.");
            ReadRgb(indices[i], bytes.AsSpan(i * shape.Area * 3, shape.Area * 3));
        }
        using var scope = NewDisposeScope();
        return (
            tensor(bytes, [indices.Length, shape.Height, shape.Width, 3]).permute(0, 3, 1, 2).contiguous().to_type(ScalarType.Float32)
                / 127.5
            - 1
        ).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Indices of the batch of a step, all of one shape: every epoch is a new permutation, and a step's batch depends on nothing but seed
    /// and step.
    /// </summary>
    public int[] Indices(RandomStream random, long step, int batch)
    {
        if (Buckets is { Count: > 1 } buckets)
            return new BucketOrder(buckets, batch).Indices(random, step);
        var indices = new int[batch];
        for (var i = 0; i < batch; i++)
        {
            var position = step * batch + i;
            indices[i] = Shuffle.At(random.For(position / Count).Seed, (int)(position % Count), Count);
        }
        return indices;
    }

    /// <summary>At most so many indices that stand for all: the first, where the order means nothing.</summary>
    public virtual IReadOnlyList<int> Sample(int most) => [.. Enumerable.Range(0, Math.Min(most, Count))];

    /// <summary>Some pictures in parts of one shape each.</summary>
    /// <param name="indices">The pictures.</param>
    /// <param name="most">At most so many in a part.</param>
    internal IEnumerable<int[]> Parts(IEnumerable<int> indices, int most) =>
        indices.GroupBy(ShapeOf).SelectMany(alike => alike.Chunk(most));

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) { }
}

/// <summary>The classes of a corpus as a one-hot map needs them: ids are those of the label files.</summary>
/// <param name="Count">Ids are 0...Count - 1.</param>
/// <param name="Ignore">Id of pixels without a class.</param>
public sealed record LabelClasses(int Count, int Ignore = 255)
{
    private static readonly string[] Nothing = ["void", "unlabelled", "unlabeled", "ignore", "ignored"];

    /// <summary>
    /// From the classes of a data set; null where it does not say. A last class that is called void or the like is what is ignored; one
    /// elsewhere keeps its channel, so that ids stay those of the files.
    /// </summary>
    public static LabelClasses? Of(ClassTable table)
    {
        if (table.Classes.Count == 0)
            return null;
        var last = table.Classes.MaxBy(one => one.Id)!;
        if (last.Id > 0 && Nothing.Contains(last.Name, StringComparer.OrdinalIgnoreCase))
            return new LabelClasses(last.Id, last.Id);
        return new LabelClasses(last.Id + 1, table.Ignore is { } ignore && ignore > last.Id ? ignore : 255);
    }
}
