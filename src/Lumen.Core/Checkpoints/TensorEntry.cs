using static TorchSharp.torch;

namespace Lumen.Core.Checkpoints;

/// <summary>One tensor of a safetensors file, as its header describes it.</summary>
/// <param name="Name">State-dict name.</param>
/// <param name="DType">Type of the elements in memory: the stored one, or for eight-bit floats the one they are widened to.</param>
/// <param name="Shape">Sizes; empty for a 0-d tensor.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="Length">Bytes in the file: elements times stored size.</param>
public sealed record TensorEntry(string Name, ScalarType DType, IReadOnlyList<long> Shape, long Offset, long Length)
{
    /// <summary>The name in the file; another than <see cref="Name"/> where the checkpoint is seen under a model's own names.</summary>
    public string StoredName { get; init; } = Name;

    /// <summary>What safetensors calls the stored type: <c>BF16</c>, <c>F8_E4M3</c>.</summary>
    public string TypeName => Float8 is { } eight ? SafetensorsTypes.NameOf(eight) : SafetensorsTypes.Name(DType);

    /// <summary>The stored type where it is an eight-bit float.</summary>
    internal Float8? Float8 { get; init; }

    /// <summary>What eight-bit floats are multiplied by.</summary>
    internal float Scale { get; init; } = 1;

    /// <summary>Bytes of one element in the file.</summary>
    internal int ElementBytes => Float8 is null ? SafetensorsTypes.Bytes(DType) : 1;

    /// <summary>
    /// One of equal shares along the first axis, as fused projections hold them: q, k and v of <c>in_proj_weight</c> [3D, D].
    /// </summary>
    /// <param name="share">0...<paramref name="shares"/> - 1.</param>
    /// <param name="shares">How many there are; the first axis must divide by it.</param>
    internal TensorEntry Share(int share, int shares) =>
        this with
        {
            Shape = [Shape[0] / shares, .. Shape.Skip(1)],
            Length = Length / shares,
            Offset = Offset + share * (Length / shares),
        };
}
