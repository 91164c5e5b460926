using Lumen.Core.Checkpoints;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// One tensor for each picture of a corpus (latents, layouts), computed once and kept on disk as float16, or as bytes where they are bytes.
/// </summary>
internal sealed class TensorCache : IDisposable
{
    private const int UsualPass = 32;
    private const string Name = "items";
    private readonly Tensor _items; // [count, C, h, w] float16 or uint8

    private TensorCache(Tensor items) => _items = items;

    /// <summary>Number of pictures.</summary>
    public int Count => (int)_items.shape[0];

    /// <summary>Shape of one picture's tensor, [C, h, w].</summary>
    public long[] ItemShape => _items.shape[1..];

    /// <summary>Bytes of one picture's tensor.</summary>
    public long ItemBytes => _items.numel() * _items.element_size() / Count;

    /// <summary>Opens the cache, computing what was not computed before.</summary>
    /// <param name="path">The file; its name must identify everything that the tensors depend on.</param>
    /// <param name="count">Number of pictures.</param>
    /// <param name="compute">The tensors of some pictures by index, [B, C, h, w]: floating numbers, or uint8.</param>
    /// <param name="progress">Number of pictures done.</param>
    /// <param name="pass">Pictures that are computed at once.</param>
    /// <param name="stop">Ends the work; nothing is kept then.</param>
    /// <exception cref="LumenException">There are no pictures, or the file cannot be written.</exception>
    public static TensorCache Open(
        string path,
        int count,
        Func<int[], Tensor> compute,
        IProgress<int>? progress = null,
        int pass = UsualPass,
        CancellationToken stop = default
    )
    {
        if (File.Exists(path))
        {
            using var file = SafetensorsFile.Open(path);
            var known = file.Entries.TryGetValue(Name, out var entry) ? entry.Shape : [];
            if (known is not [var items, _, _, _] || items != count)
                throw new LumenException(
                    $"{path} holds "
                        + $"{(known.Count == 0 ? "nothing that training can use" : $"tensors of the shape [{string.Join(", ", known)}]")}"
                        + $"; expected [{count}, C, h, w], a tensor for each picture. Delete the file; it is made again."
                );
            return new TensorCache(file.Read(Name).DetachFromDisposeScope());
        }
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        Tensor? all = null;
        foreach (var indices in Enumerable.Range(0, count).Chunk(pass))
        {
            stop.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var made = compute(indices).cpu();
            var items = made.dtype == ScalarType.Byte ? made : made.to_type(ScalarType.Float16);
            all ??= empty([count, .. items.shape[1..]], items.dtype).MoveToOtherDisposeScope(scope);
            all.narrow(0, indices[0], indices.Length).copy_(items);
            progress?.Report(indices[^1] + 1);
        }
        if (all is null)
            throw new LumenException("There are no pictures to train on.");
        SafetensorsWriter.Write(path, [KeyValuePair.Create(Name, all)]);
        return new TensorCache(all.DetachFromDisposeScope());
    }

    /// <summary>The tensors of some pictures.</summary>
    /// <param name="indices">Pictures.</param>
    /// <param name="device">Where they are wanted; null for the processor, where the cache is.</param>
    /// <returns>[B, C, h, w] float32.</returns>
    public Tensor Batch(int[] indices, Device? device = null)
    {
        using var scope = NewDisposeScope();
        var items = _items.index_select(0, tensor(indices.Select(i => (long)i).ToArray())).to(device ?? CPU); // moved in 16 bits
        return items.to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public void Dispose() => _items.Dispose();
}
