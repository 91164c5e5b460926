using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Lumen.Core.Tensors;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace Lumen.Core.Checkpoints;

/// <summary>
/// One safetensors file, open for reading. Tensors are read from the file straight into the memory of the destination, so a file of any
/// size loads without a second copy. Reading instead of memory mapping: a file that is cut short while it is open gives a sentence, not the
/// death of the process.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int MaxHeader = 100_000_000; // the reference implementation's limit
    private const int ChunkBytes = 1 << 25;
    private readonly SafeFileHandle _handle;
    private readonly string _name;

    private SafetensorsFile(SafeFileHandle handle, string name, SafetensorsHeader header)
    {
        (_handle, _name) = (handle, name);
        (Entries, Metadata) = (Float8Scales.Fold(header.Entries, name, BytesOf), header.Metadata);
    }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>The strings under <c>__metadata__</c>; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <exception cref="LumenException">The file is absent, unreadable, a pickle, truncated or inconsistent in any way.</exception>
    public static SafetensorsFile Open(string path)
    {
        var name = Checkpoint.Describe(path);
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            var file = new SafetensorsFile(handle, name, ReadHeader(handle, path, name));
            handle = null;
            return file;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new LumenException($"{path} cannot be read: {error.Message} Check the path and that the file may be read.", error);
        }
        finally
        {
            handle?.Dispose();
        }
    }

    /// <summary>
    /// Reads one tensor into a new tensor on the processor: the stored shape, dtype <paramref name="dtype"/> or the stored one. It belongs
    /// to the caller's scope.
    /// </summary>
    /// <exception cref="LumenException">There is no such tensor, or the file has become unreadable.</exception>
    public Tensor Read(string name, ScalarType? dtype = null) => Read(Find(name), dtype);

    /// <summary>
    /// Some rows of a tensor along its first dimension, in the stored dtype; the rest of it is not read. May be called by several threads
    /// at once.
    /// </summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="rows">Rows, in any order.</param>
    /// <returns>[R, ...] on the processor; it belongs to the caller's scope.</returns>
    /// <exception cref="LumenException">There is no such tensor or row, it holds eight-bit floats, or the file has become
    /// unreadable.</exception>
    public Tensor ReadRows(string name, IReadOnlyList<long> rows)
    {
        var entry = Find(name);
        if (entry.Float8 is not null || entry.Shape is not [> 0, ..] || rows.Any(row => row < 0 || row >= entry.Shape[0]))
            throw new LumenException(
                LumenErrorKind.Format,
                $"Tensor \"{entry.StoredName}\" of {_name} has the type {entry.TypeName} and the shape {Shape.Text(entry.Shape)}; rows "
                    + $"{string.Join(", ", rows)} of it cannot be read."
            );
        var bytes = (int)(entry.Length / entry.Shape[0]); // of a row
        var result = empty([rows.Count, .. entry.Shape.Skip(1)], dtype: entry.DType, device: CPU);
        try
        {
            for (var at = 0; at < rows.Count; at++)
            {
                using var row = result.narrow(0, at, 1);
                Fill(row.bytes[..bytes], entry.Offset + rows[at] * bytes, entry.StoredName);
            }
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>The same for an entry, which may be a part of a tensor or have another shape.</summary>
    internal Tensor Read(TensorEntry entry, ScalarType? dtype = null)
    {
        var result = empty([.. entry.Shape], dtype: dtype ?? entry.DType, device: CPU);
        try
        {
            CopyTo(entry, result);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads one tensor into <paramref name="destination"/> (the stored shape, any device and dtype), converting on the way.
    /// </summary>
    /// <exception cref="LumenException">There is no such tensor, it has another shape, or the file has become unreadable.</exception>
    public void ReadInto(string name, Tensor destination) => ReadInto(Find(name), destination);

    internal void ReadInto(TensorEntry entry, Tensor destination)
    {
        if (!entry.Shape.SequenceEqual(destination.shape))
            throw new LumenException(
                LumenErrorKind.Format,
                $"Tensor \"{entry.StoredName}\" of {_name} has the shape {Shape.Text(entry.Shape)}, expected "
                    + $"{Shape.Text(destination.shape)}."
            );
        CopyTo(entry, destination);
    }

    /// <summary>Copies the elements in order; the shapes may differ if the number of elements does not.</summary>
    internal void CopyTo(TensorEntry entry, Tensor destination)
    {
        var count = destination.numel();
        if (count == 0)
            return;
        using var guard = no_grad();
        if (!destination.is_contiguous())
        {
            using var whole = Read(entry);
            using var shaped = whole.view(destination.shape);
            destination.copy_(shaped);
            return;
        }
        using var flat = destination.view(-1); // [count]
        if (entry.Float8 is { } eight)
        {
            Widen(entry, Float8Values.Table(eight, entry.Scale), flat);
            return;
        }
        var size = SafetensorsTypes.Bytes(entry.DType);
        // Booleans go through bytes: any stored value but 0 becomes a proper true.
        var stored = entry.DType == ScalarType.Bool ? ScalarType.Byte : entry.DType;
        var direct = destination.dtype == stored && destination.device_type == TorchSharp.DeviceType.CPU;
        var step = Math.Min(count, ChunkBytes / size);
        using var buffer = direct ? null : empty(step, dtype: stored, device: CPU); // [step]
        for (long start = 0; start < count; start += step)
        {
            var take = Math.Min(step, count - start);
            using var target = flat.narrow(0, start, take);
            using var source = buffer?.narrow(0, 0, take);
            Fill((source ?? target).bytes, entry.Offset + start * size, entry.StoredName);
            if (source is not null)
                target.copy_(source);
        }
    }

    private void Widen(TensorEntry entry, float[] values, Tensor flat)
    {
        var step = (int)Math.Min(flat.numel(), ChunkBytes / sizeof(float));
        var codes = new byte[step];
        using var wide = empty(step, dtype: ScalarType.Float32, device: CPU); // [step]
        for (long start = 0; start < flat.numel(); start += step)
        {
            var take = (int)Math.Min(step, flat.numel() - start);
            Fill(codes.AsSpan(0, take), entry.Offset + start, entry.StoredName);
            using var source = wide.narrow(0, 0, take);
            var floats = MemoryMarshal.Cast<byte, float>(source.bytes);
            for (var i = 0; i < take; i++)
                floats[i] = values[codes[i]];
            using var target = flat.narrow(0, start, take);
            target.copy_(source);
        }
    }

    private byte[] BytesOf(TensorEntry entry)
    {
        var bytes = new byte[entry.Length];
        Fill(bytes, entry.Offset, entry.StoredName);
        return bytes;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    private TensorEntry Find(string name) =>
        Entries.TryGetValue(name, out var entry)
            ? entry
            : throw new LumenException(LumenErrorKind.Format, $"{_name} has no tensor \"{name}\"; it has {Entries.Count} others.");

    private void Fill(Span<byte> target, long offset, string tensor)
    {
        try
        {
            if (ReadFully(_handle, target, offset))
                return;
        }
        catch (IOException error)
        {
            throw new LumenException($"{_name} could not be read at tensor \"{tensor}\": {error.Message}", error);
        }
        throw new LumenException(
            LumenErrorKind.Format,
            $"{_name} has become shorter while it was read: tensor \"{tensor}\" ends beyond it. Fetch the file again."
        );
    }

    private static bool ReadFully(SafeFileHandle handle, Span<byte> target, long offset)
    {
        while (target.Length > 0)
        {
            var read = RandomAccess.Read(handle, target, offset);
            if (read == 0)
                return false;
            target = target[read..];
            offset += read;
        }
        return true;
    }

    // What a file is counts before what it is called.
    private static void RefuseOthers(SafeFileHandle handle, string path, string name)
    {
        var start = new byte[Math.Min(ForeignFile.Look, RandomAccess.GetLength(handle))];
        if (!ReadFully(handle, start, 0))
            return;
        if (!(start.Length > sizeof(ulong) && start[sizeof(ulong)] == (byte)'{'))
        {
            ForeignFile.Refuse(start, path, name);
            Pickle.RefuseByContent(start, name);
        }
        Pickle.RefuseByName(path);
    }

    private static SafetensorsHeader ReadHeader(SafeFileHandle handle, string path, string name)
    {
        var length = RandomAccess.GetLength(handle);
        RefuseOthers(handle, path, name);
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        if (length < prefix.Length || !ReadFully(handle, prefix, 0))
            throw new LumenException(
                LumenErrorKind.Format,
                $"{name} is not a safetensors file: it has {length} bytes, and the length of the header alone takes "
                    + $"{prefix.Length}. Fetch it again."
            );
        var claimed = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (claimed > MaxHeader || claimed > (ulong)(length - prefix.Length))
        {
            throw new LumenException(
                LumenErrorKind.Format,
                $"{name} is not a usable safetensors file. Its header claims {claimed} bytes, but {length - prefix.Length} follow "
                    + $"and {MaxHeader} are allowed. "
                    + "It may be cut short or of another format; fetch it again."
            );
        }
        var json = new byte[(int)claimed];
        if (!ReadFully(handle, json, prefix.Length))
            throw new LumenException(LumenErrorKind.Format, $"{name} has become shorter while its header was read. Fetch the file again.");
        return SafetensorsHeader.Parse(json, name, length - prefix.Length - json.Length);
    }
}
