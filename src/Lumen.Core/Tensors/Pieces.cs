using TorchSharp;
using static TorchSharp.torch;

namespace Lumen.Core.Tensors;

/// <summary>Equal pieces of a tensor along an axis, as views: PyTorch's <c>chunk</c>.</summary>
public static class Pieces
{
    /// <summary>The pieces in their order.</summary>
    /// <param name="tensor">Any shape; the axis is divisible by the number of pieces.</param>
    /// <param name="count">Number of pieces.</param>
    /// <param name="axis">The axis, negative from the end.</param>
    public static Tensor[] Of(Tensor tensor, int count, int axis)
    {
        // One node of the gradient's graph on processors. Elsewhere a view each: the lazy device, which tests use as a GPU, computes what
        // chunk gives on the processor.
        if (tensor.device_type == DeviceType.CPU)
            return tensor.chunk(count, axis);
        var length = tensor.shape[axis < 0 ? axis + (int)tensor.dim() : axis] / count;
        return [.. Enumerable.Range(0, count).Select(piece => tensor.narrow(axis, piece * length, length))];
    }
}
