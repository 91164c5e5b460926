using TorchSharp;
using static TorchSharp.torch;

namespace Lumen.Core.Tensors;

/// <summary>Where float64 is computed: on the device a tensor is on, and on the processor for devices that have no such numbers.</summary>
public static class DoublePrecision
{
    /// <summary>The device that has float64: Apple's GPUs have none.</summary>
    public static Device DeviceFor(Tensor tensor) => tensor.device_type == DeviceType.MPS ? CPU : tensor.device;

    /// <summary>The same numbers as float64, without a gradient.</summary>
    /// <param name="tensor">Any shape and type; not disposed.</param>
    public static Tensor Of(Tensor tensor) => tensor.detach().to(DeviceFor(tensor)).to(ScalarType.Float64);
}
