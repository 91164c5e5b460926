using Lumen.Imaging;
using Lumen.Training.Data;

namespace Lumen.Training.Perception;

/// <summary>Where the pixels and packed labels of some pictures are: in memory or in a file.</summary>
internal interface IPackedSource
{
    /// <summary>Reads one picture.</summary>
    void Read(int index, Span<byte> rgb, Span<byte> labels);
}

/// <summary>Scenes on disk.</summary>
internal sealed class PackedScenes(SceneCorpus corpus) : IPackedSource
{
    public void Read(int index, Span<byte> rgb, Span<byte> labels)
    {
        corpus.ReadRgb(index, rgb);
        corpus.ReadLabels(index, labels);
    }
}

/// <summary>Pictures in memory, thirteen bytes a pixel.</summary>
internal sealed class PackedMemory : IPackedSource
{
    private readonly List<(byte[] Rgb, byte[] Labels)> _items = [];

    public int Count => _items.Count;

    public PerceptionLabels Has { get; private set; }

    public void Add(LabelledPicture item, PerceptionClasses classes, string name)
    {
        _items.Add((item.Picture.Rgb, Packed(item, classes, name)));
        if (item.Labels is not null)
            Has |= PerceptionLabels.Classes;
        if (item.Depth is not null)
            Has |= PerceptionLabels.Depth;
        if (item.Normals is not null)
            Has |= PerceptionLabels.Normals;
        if (item.Instances is not null)
            Has |= PerceptionLabels.Instances;
        if (item.Yaw is not null)
            Has |= PerceptionLabels.Yaw;
    }

    /// <summary>The labels of a picture.</summary>
    /// <exception cref="LumenException">One is no class.</exception>
    public static byte[] Packed(LabelledPicture item, PerceptionClasses classes, string name)
    {
        if (item.Labels is { } ids && Array.FindIndex(ids, id => id != LabelledPicture.Ignore && id >= classes.Count) is var wrong and >= 0)
            throw new LumenException(
                $"{name} has the label {ids[wrong]} at pixel {wrong}, but the classes are 0...{classes.Count - 1} and "
                    + $"{LabelledPicture.Ignore} for pixels to ignore. Translate the labels first."
            );
        var labels = new byte[item.Picture.Width * item.Picture.Height * PackedLabels.BytesPerPixel];
        PackedLabels.Pack(item, labels);
        return labels;
    }

    public void Read(int index, Span<byte> rgb, Span<byte> labels)
    {
        _items[index].Rgb.CopyTo(rgb);
        _items[index].Labels.CopyTo(labels);
    }
}

/// <summary>Pictures of a data set, each read from its files when it is asked for.</summary>
/// <param name="read">Reads one.</param>
/// <param name="classes">What its labels are.</param>
internal sealed class PackedFiles(Func<int, LabelledPicture> read, PerceptionClasses classes) : IPackedSource
{
    public void Read(int index, Span<byte> rgb, Span<byte> labels)
    {
        var item = read(index);
        PackedMemory.Packed(item, classes, $"Picture {index}").CopyTo(labels);
        item.Picture.Rgb.CopyTo(rgb);
    }
}

/// <summary>Other pictures with the labels of a source: what is generated from references keeps their labels.</summary>
internal sealed class PackedShowing(IReadOnlyList<Picture> pictures, IReadOnlyList<(IPackedSource Source, int Index)> labelled)
    : IPackedSource
{
    public void Read(int index, Span<byte> rgb, Span<byte> labels)
    {
        labelled[index].Source.Read(labelled[index].Index, rgb, labels);
        pictures[index].Rgb.CopyTo(rgb);
    }
}
