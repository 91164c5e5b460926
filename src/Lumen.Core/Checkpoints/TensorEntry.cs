using static TorchSharp.torch;

namespace Lumen.Core.Checkpoints;

/// <summary>One tensor of a safetensors file, as its header describes it.</summary>
/// <param name="Name">State-dict name.</param>
/// <param name="DType">Type of the stored elements.</param>
/// <param name="Shape">Sizes; empty for a 0-d tensor.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="Length">Bytes: elements times element size.</param>
public sealed record TensorEntry(string Name, ScalarType DType, IReadOnlyList<long> Shape, long Offset, long Length);
