using Lumen.Files;
using static TorchSharp.torch;

namespace Lumen.Core.Checkpoints;

/// <summary>Writes a checkpoint as one safetensors file, piece by piece: a few megabytes of memory whatever its size.</summary>
public static class CheckpointCopy
{
    private const int Piece = 1 << 22; // elements
    private const double LargestHalf = 65504;

    /// <summary>Writes all tensors under their names here, in the order of the reference writer, with the checkpoint's metadata.</summary>
    /// <param name="path">The file.</param>
    /// <param name="checkpoint">The weights; a view writes what it shows.</param>
    /// <param name="dtype">Type of the fractional tensors; null leaves them as they are, and eight-bit ones widened. Whole numbers always
    /// stay.</param>
    /// <param name="progress">Told the bytes that have been read.</param>
    /// <param name="stop">Stops; nothing is left half-written.</param>
    /// <exception cref="LumenException">A file cannot be read or written, or a value is too large for float16.</exception>
    public static void Write(
        string path,
        Checkpoint checkpoint,
        ScalarType? dtype = null,
        IProgress<long>? progress = null,
        CancellationToken stop = default
    )
    {
        (TensorEntry Entry, ScalarType DType)[] tensors =
        [
            .. checkpoint
                .Entries.Values.Select(entry => (entry, SafetensorsTypes.IsFloating(entry.DType) ? dtype ?? entry.DType : entry.DType))
                .OrderByDescending(tensor => SafetensorsTypes.Rank(tensor.Item2))
                .ThenBy(tensor => tensor.entry.Name, StringComparer.Ordinal),
        ];
        var header = SafetensorsWriter.Header(
            [.. tensors.Select(tensor => (tensor.Entry.Name, tensor.DType, tensor.Entry.Shape))],
            checkpoint.Metadata
        );
        var length = header.LongLength + tensors.Sum(tensor => Elements(tensor.Entry) * SafetensorsTypes.Bytes(tensor.DType));
        AtomicFile.Write(
            path,
            stream =>
            {
                stream.Write(header);
                var done = 0L;
                foreach (var (entry, type) in tensors)
                {
                    var size = entry.ElementBytes;
                    for (long start = 0, count = Elements(entry); start < count; start += Piece)
                    {
                        stop.ThrowIfCancellationRequested();
                        var take = Math.Min(Piece, count - start);
                        WritePiece(
                            stream,
                            checkpoint,
                            entry with
                            {
                                Shape = [take],
                                Offset = entry.Offset + start * size,
                                Length = take * size,
                            },
                            type
                        );
                        progress?.Report(done += take * size);
                    }
                }
            },
            length
        );
    }

    private static void WritePiece(Stream stream, Checkpoint checkpoint, TensorEntry piece, ScalarType type)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var values = empty([piece.Shape[0]], dtype: piece.DType, device: CPU);
        checkpoint.CopyTo(piece, values);
        if (
            type == ScalarType.Float16
            && piece.DType != ScalarType.Float16
            && values.abs().max().to_type(ScalarType.Float64).item<double>() is > LargestHalf and < double.PositiveInfinity
        )
            throw new LumenException(
                LumenErrorKind.Format,
                $"{checkpoint.Description}: {piece.StoredName} holds values beyond {LargestHalf:0}, which float16 cannot hold. Use "
                    + "`Dtype` bf16."
            );
        var converted = values.to_type(type);
        stream.Write(converted.bytes);
    }

    private static long Elements(TensorEntry entry) => entry.Length / entry.ElementBytes;
}
