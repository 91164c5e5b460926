using static TorchSharp.torch;

namespace Lumen.Core.Checkpoints;

/// <summary>A tensor that is made when it is written, and freed then: a file of any size takes the memory of its largest tensor.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="DType">Its type.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Make">Makes it, in the caller's scope.</param>
public sealed record StoredTensor(string Name, ScalarType DType, IReadOnlyList<long> Shape, Func<Tensor> Make)
{
    /// <summary>A tensor that is there already; it stays the caller's.</summary>
    public static StoredTensor Of(string name, Tensor tensor) => new(name, tensor.dtype, tensor.shape, () => tensor.alias());

    /// <summary>
    /// A tensor that is made in parts along its first dimension, each freed when it is written: it may be larger than the memory.
    /// </summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="dtype">The type of all parts.</param>
    /// <param name="shape">The shape of the whole.</param>
    /// <param name="parts">Make the parts in order, each in the caller's scope.</param>
    public static StoredTensor InParts(string name, ScalarType dtype, IReadOnlyList<long> shape, IEnumerable<Func<Tensor>> parts) =>
        new(name, dtype, shape, () => cat([.. parts.Select(make => make())])) { Parts = parts };

    internal IEnumerable<Func<Tensor>>? Parts { get; private init; }

    internal long Bytes => Shape.Aggregate((long)SafetensorsTypes.Bytes(DType), (product, size) => product * size);
}
