using System.Globalization;
using Lumen.Core.Checkpoints;
using Lumen.Datasets;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using static TorchSharp.torch;

namespace Lumen.Augmentation;

/// <summary>How training pictures are compared with the held-out parts. Those that are found there too are left out.</summary>
public enum HeldOutCheck
{
    /// <summary>Not at all.</summary>
    Off,

    /// <summary>By the bytes of the files.</summary>
    Exact,

    /// <summary>Also by their layouts: a near-duplicate (recompressed, brightened, the next frame of a video) is found as well.</summary>
    Layout,
}

/// <summary>
/// Finds training pictures that are also in a held-out part: by the bytes of the files, and by their layouts, averaged to 8 x 8 cells and
/// compared by their cosine. Layouts of the held-out parts are kept in <c>lumen/held-out.safetensors</c>, so that a restart does not
/// extract them again.
/// </summary>
internal sealed class HeldOutIndex : IDisposable
{
    private const int Cells = 8;
    private readonly List<string> _names = [];
    private readonly Dictionary<string, string> _hashes = new(StringComparer.Ordinal);
    private Tensor? _layouts; // [M, N*8*8], rows of length 1

    private HeldOutIndex() { }

    /// <summary>Reads the held-out parts of a data set.</summary>
    /// <param name="data">The data set and the part that pictures are made from.</param>
    /// <param name="check">What to compare.</param>
    /// <param name="open">A picture's layout, as training pictures get theirs.</param>
    /// <param name="cache">Path of the kept layouts, and what they depend on besides the pictures.</param>
    /// <param name="progress">Receives the number of pictures.</param>
    /// <param name="stop">Stops between pictures.</param>
    public static HeldOutIndex Read(
        (Dataset Dataset, string Split) data,
        HeldOutCheck check,
        Func<Picture, ExtractedLayout> open,
        (string Path, string Key) cache,
        Action<long>? progress,
        CancellationToken stop
    )
    {
        var index = new HeldOutIndex();
        if (check == HeldOutCheck.Off)
            return index;
        var dataset = data.Dataset;
        foreach (var item in AugmentationScan.HeldOut(dataset, data.Split).SelectMany(dataset.Items))
        {
            stop.ThrowIfCancellationRequested();
            if (!dataset.Has(item.Picture))
                continue;
            index._hashes[ItemHash.OfFile(dataset.FullPath(item.Picture), stop)] = item.Picture;
            index._names.Add(item.Picture);
            if (check == HeldOutCheck.Exact)
                progress?.Invoke(index._names.Count);
        }
        if (check == HeldOutCheck.Layout && index._names.Count > 0)
            index.ReadLayouts(dataset, open, cache, progress, stop);
        return index;
    }

    /// <summary>The held-out picture that is the same file, or null.</summary>
    public string? DuplicateOf(string sha256) => _hashes.GetValueOrDefault(sha256);

    /// <summary>Whether layouts are compared.</summary>
    public bool ComparesLayouts => _layouts is not null;

    /// <summary>The held-out picture with the most similar layout; null where layouts are not compared.</summary>
    /// <param name="layout">The picture's, as the held-out ones got theirs.</param>
    public (string Name, double Similarity)? Nearest(NeuralLayout layout)
    {
        if (_layouts is null)
            return null;
        using var scope = NewDisposeScope();
        var similarity = _layouts.mv(Descriptor(layout)); // [M]
        var (value, index) = similarity.max(0);
        return (_names[(int)index.item<long>()], value.item<float>());
    }

    public void Dispose() => _layouts?.Dispose();

    private static Tensor Descriptor(NeuralLayout layout)
    {
        using var scope = NewDisposeScope();
        var pooled = nn.functional.adaptive_avg_pool2d(layout.Map.unsqueeze(0), [Cells, Cells]).flatten(); // [N*8*8]
        return nn.functional.normalize(pooled, dim: 0).MoveToOuterDisposeScope();
    }

    private void ReadLayouts(
        Dataset dataset,
        Func<Picture, ExtractedLayout> open,
        (string Path, string Key) cache,
        Action<long>? progress,
        CancellationToken stop
    )
    {
        var key = ItemHash.Of(
            System.Text.Encoding.UTF8.GetBytes(
                $"{cache.Key}\n"
                    + string.Join(
                        '\n',
                        _hashes.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}")
                    )
                    + $"\n{string.Join('\n', _names)}"
            )
        );
        if (File.Exists(cache.Path) && Load(cache.Path, key) is { } kept)
        {
            _layouts = kept;
            return;
        }
        using var scope = NewDisposeScope();
        var rows = new List<Tensor>();
        foreach (var name in _names)
        {
            stop.ThrowIfCancellationRequested();
            using var source = open(PictureReader.Read(dataset.FullPath(name)));
            rows.Add(Descriptor(source.Layout));
            progress?.Invoke(rows.Count);
        }
        _layouts = stack(rows).DetachFromDisposeScope();
        SafetensorsWriter.Write(
            cache.Path,
            [new("layouts", _layouts)],
            new Dictionary<string, string> { ["key"] = key, ["pictures"] = _names.Count.ToString(CultureInfo.InvariantCulture) }
        );
    }

    private static Tensor? Load(string path, string key)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            return file.Metadata.GetValueOrDefault("key") == key ? file.Read("layouts").DetachFromDisposeScope() : null;
        }
        catch (LumenException)
        {
            return null; // it is made again
        }
    }
}
