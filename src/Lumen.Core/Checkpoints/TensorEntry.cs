using static TorchSharp.torch;

namespace Lumen.Core.Checkpoints;

/// <summary>One tensor of a safetensors file, as its header describes it.</summary>
/// <param name="Name">State-dict name.</param>
/// <param name="DType">Type of the stored elements.</param>
/// <param name="Shape">Sizes; empty for a 0-d tensor.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="Length">Bytes: elements times element size.</param>
public sealed record TensorEntry(string Name, ScalarType DType, IReadOnlyList<long> Shape, long Offset, long Length)
{
    /// <summary>The name in the file; another than <see cref="Name"/> where the checkpoint is seen under a model's own names.</summary>
    public string StoredName { get; init; } = Name;

    /// <summary>What safetensors calls <see cref="DType"/>: <c>BF16</c>.</summary>
    public string TypeName => SafetensorsTypes.Name(DType);

    /// <summary>One of equal shares along the first axis, as fused projections hold them: q, k and v of <c>in_proj_weight</c> [3D, D].</summary>
    /// <param name="share">0...<paramref name="shares"/> - 1.</param>
    /// <param name="shares">How many there are; the first axis must divide by it.</param>
    internal TensorEntry Share(int share, int shares) =>
        this with { Shape = [Shape[0] / shares, .. Shape.Skip(1)], Length = Length / shares, Offset = Offset + share * (Length / shares) };
}
