using Lumen.Core.Checkpoints;
using Lumen.Files;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// One tensor for each picture of a corpus (latents, layouts), computed once and kept on disk as float16, or as bytes where they are bytes.
/// Written as it is computed and read picture by picture: neither takes the memory of the whole. Runs on the same pictures share the file.
/// </summary>
internal sealed class TensorCache : IDisposable
{
    private const int UsualPass = 32;
    private const string Name = "items"; // or items/0, items/1, ... where pictures have several shapes
    private readonly SafetensorsFile _file;
    private readonly string[] _names; // of the tensors, each with the pictures of one shape
    private readonly (int Group, long Row)[] _places;

    private TensorCache(SafetensorsFile file, IReadOnlyList<int[]> groups, int count)
    {
        (_file, _names) = (file, [.. Enumerable.Range(0, groups.Count).Select(group => NameOf(group, groups.Count))]);
        _places = new (int, long)[count];
        for (var group = 0; group < groups.Count; group++)
        for (var row = 0; row < groups[group].Length; row++)
            _places[groups[group][row]] = (group, row);
    }

    /// <summary>Number of pictures.</summary>
    public int Count => _places.Length;

    /// <summary>Bytes of one picture's tensor, on average.</summary>
    public double ItemBytes => _names.Sum(name => _file.Entries[name].Length) / (double)Count;

    /// <summary>Shape of one picture's tensor, [C, h, w].</summary>
    public long[] ShapeOf(int index) => [.. _file.Entries[_names[_places[index].Group]].Shape.Skip(1)];

    /// <summary>Opens the cache, computing what was not computed before.</summary>
    /// <param name="path">The file; its name must identify everything that the tensors depend on.</param>
    /// <param name="count">Number of pictures.</param>
    /// <param name="compute">The tensors of some pictures by index, [B, C, h, w]: floating numbers, or uint8.</param>
    /// <param name="progress">Number of pictures done.</param>
    /// <param name="pass">Pictures that are computed at once.</param>
    /// <param name="groups">The pictures whose tensors have one shape, group by group; null where all have.</param>
    /// <param name="stop">Ends the work; nothing is kept then.</param>
    /// <exception cref="LumenException">There are no pictures, or the file cannot be written.</exception>
    public static TensorCache Open(
        string path,
        int count,
        Func<int[], Tensor> compute,
        IProgress<int>? progress = null,
        int pass = UsualPass,
        IReadOnlyList<int[]>? groups = null,
        CancellationToken stop = default
    )
    {
        if (count == 0)
            throw new LumenException("There are no pictures to train on.");
        groups ??=
        [
            [.. Enumerable.Range(0, count)],
        ];
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using var alone = FolderLock.Wait(path + ".lock", "computing of a cache", stop); // several runs may need the same
            if (!File.Exists(path))
                Make(path, groups, compute, progress, pass, stop);
        }
        var file = SafetensorsFile.Open(path);
        try
        {
            for (var group = 0; group < groups.Count; group++)
                Require(file, path, NameOf(group, groups.Count), groups[group].Length);
            return new TensorCache(file, groups, count);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The tensors of some pictures of one shape.</summary>
    /// <param name="indices">Pictures.</param>
    /// <param name="device">Where they are wanted; null for the processor.</param>
    /// <returns>[B, C, h, w] float32.</returns>
    public Tensor Batch(int[] indices, Device? device = null)
    {
        using var scope = NewDisposeScope();
        var group = _places[indices[0]].Group;
        if (indices.Any(index => _places[index].Group != group))
            throw new InvalidOperationException("Pictures of several shapes are no batch.");
        var items = _file.ReadRows(_names[group], [.. indices.Select(index => _places[index].Row)]).to(device ?? CPU); // moved in 16 bits
        return items.to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public void Dispose() => _file.Dispose();

    private static void Make(
        string path,
        IReadOnlyList<int[]> groups,
        Func<int[], Tensor> compute,
        IProgress<int>? progress,
        int pass,
        CancellationToken stop
    )
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var done = 0;
        var tensors = new StoredTensor[groups.Count];
        for (var group = 0; group < groups.Count; group++)
        {
            // What the first pass gives says how large the file will be.
            var (passes, first) = (groups[group].Chunk(pass).ToList(), Items(groups[group][..Math.Min(pass, groups[group].Length)]));
            var parts = passes.Select((indices, at) => at == 0 ? () => first.alias() : (Func<Tensor>)(() => Items(indices)));
            tensors[group] = StoredTensor.InParts(
                NameOf(group, groups.Count),
                first.dtype,
                [groups[group].Length, .. first.shape[1..]],
                parts
            );
        }
        SafetensorsWriter.WriteEach(path, tensors);

        Tensor Items(int[] indices)
        {
            stop.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var made = compute(indices).cpu();
            progress?.Report(done += indices.Length);
            return (made.dtype == ScalarType.Byte ? made : made.to_type(ScalarType.Float16)).MoveToOuterDisposeScope();
        }
    }

    private static void Require(SafetensorsFile file, string path, string name, int count)
    {
        var known = file.Entries.TryGetValue(name, out var entry) ? entry.Shape : [];
        if (known is not [var items, _, _, _] || items != count)
            throw new LumenException(
                $"{path} holds "
                    + $"{(known.Count == 0 ? "nothing that training can use" : $"tensors of the shape [{string.Join(", ", known)}]")}"
                    + $"; expected [{count}, C, h, w], a tensor for each picture. Delete the file; it is made again."
            );
    }

    private static string NameOf(int group, int groups) => groups == 1 ? Name : $"{Name}/{group}";
}
