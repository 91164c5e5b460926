using System.Buffers.Binary;

namespace Lumen.Core.Checkpoints;

/// <summary>
/// Scales of eight-bit weights, as files of ComfyUI and others hold them: beside <c>X.weight</c> one number <c>X.scale_weight</c> (or
/// <c>X.weight_scale</c>) that all its values are to be multiplied by. They become part of the weight, so that nobody who reads it can
/// forget them; what only concerns computing in eight bits (scales of activations, markers) is left out.
/// </summary>
internal static class Float8Scales
{
    private const string Weight = ".weight";
    private static readonly string[] Scales = [".scale_weight", ".weight_scale"];
    private static readonly string[] Unused = [".scale_input", ".input_scale", ".comfy_quant"];

    /// <summary>The tensors with their scales.</summary>
    /// <param name="entries">Those of the header.</param>
    /// <param name="file">What messages call the file.</param>
    /// <param name="read">Reads the bytes of a tensor.</param>
    /// <exception cref="LumenException">A scale is not one number.</exception>
    public static IReadOnlyDictionary<string, TensorEntry> Fold(
        IReadOnlyDictionary<string, TensorEntry> entries,
        string file,
        Func<TensorEntry, byte[]> read
    )
    {
        if (!entries.Values.Any(entry => entry.Float8 is not null))
            return entries;
        var folded = entries
            .Where(pair => pair.Key != "scaled_fp8" && !pair.Key.EndsWith(".scaled_fp8", StringComparison.Ordinal))
            .ToDictionary(StringComparer.Ordinal);
        foreach (
            var weight in entries.Values.Where(entry => entry.Float8 is not null && entry.Name.EndsWith(Weight, StringComparison.Ordinal))
        )
        {
            var stem = weight.Name[..^Weight.Length];
            foreach (var unused in Unused)
                folded.Remove(stem + unused);
            foreach (var name in Scales.Select(ending => stem + ending))
            {
                if (!folded.Remove(name, out var scale))
                    continue;
                folded[weight.Name] = folded[weight.Name] with
                {
                    Scale = Number(scale, file, read),
                    DType = TorchSharp.torch.ScalarType.Float32,
                };
            }
        }
        return folded;
    }

    private static float Number(TensorEntry scale, string file, Func<TensorEntry, byte[]> read)
    {
        if (scale.Length == SafetensorsTypes.Bytes(scale.DType))
        {
            float? value = scale.TypeName switch
            {
                "F32" => BinaryPrimitives.ReadSingleLittleEndian(read(scale)),
                "F16" => (float)BinaryPrimitives.ReadHalfLittleEndian(read(scale)),
                "BF16" => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(read(scale)) << 16),
                _ => null,
            };
            if (value is { } number && float.IsFinite(number))
                return number;
        }
        throw new LumenException(
            LumenErrorKind.Format,
            $"{file}: {scale.Name}, the scale of an eight-bit weight, must be one finite number but has {scale.TypeName} of the "
                + $"shape {Tensors.Shape.Text(scale.Shape)}. Use the model's file in 16 bits."
        );
    }
}
