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

    internal long Bytes => Shape.Aggregate((long)SafetensorsTypes.Bytes(DType), (product, size) => product * size);
}
