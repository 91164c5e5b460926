using System.Globalization;
using Lumen.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Lumen.Core.Tensors;

/// <summary>The devices that libtorch can compute on here.</summary>
/// <param name="CudaDevices">Number of GPUs that CUDA reaches.</param>
/// <param name="HasMps">Whether there is the GPU of an Apple processor.</param>
/// <param name="HasCudaLibrary">Whether the libtorch beside the program is a build with CUDA.</param>
public sealed record DeviceCatalog(int CudaDevices, bool HasMps, bool HasCudaLibrary)
{
    private const string CudaPrefix = "cuda:";

    /// <summary>What is here.</summary>
    /// <exception cref="LumenException">libtorch is missing or of another version.</exception>
    public static DeviceCatalog Here()
    {
        NativeLibraries.Load();
        return new DeviceCatalog(cuda.is_available() ? cuda.device_count() : 0, mps_is_available(), NativeLibraries.HasCuda);
    }

    /// <summary>The names of the devices, as <see cref="Find"/> takes them: cpu first.</summary>
    public IReadOnlyList<string> Names =>
        [
            "cpu",
            .. Enumerable.Range(0, CudaDevices).Select(index => $"{CudaPrefix}{index.ToString(CultureInfo.InvariantCulture)}"),
            .. HasMps ? new[] { "mps" } : [],
        ];

    /// <summary>The device of a name.</summary>
    /// <param name="name"><c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>, <c>mps</c>, or <c>auto</c> for the first of cuda, mps and cpu that is
    /// there.</param>
    /// <exception cref="LumenException">The name is not known, or there is no such device.</exception>
    public Device Find(string name) =>
        name switch
        {
            "cpu" => CPU,
            "auto" => CudaDevices > 0 ? new Device(DeviceType.CUDA, 0)
            : HasMps ? new Device(DeviceType.MPS)
            : CPU,
            "cuda" => Cuda(0),
            "mps" => HasMps ? new Device(DeviceType.MPS) : throw Fault("There is no device mps: only Macs with Apple processors have it."),
            _ when name.StartsWith(CudaPrefix, StringComparison.Ordinal)
                    && int.TryParse(name[CudaPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var index) => Cuda(
                index
            ),
            _ => throw Fault($"`Device` must be auto, cpu, cuda, cuda:N or mps but is \"{name}\"."),
        };

    private LumenException Fault(string what) =>
        new(LumenErrorKind.Device, $"{what} Devices here: {string.Join(", ", Names)}.") { Properties = ["Device"] };

    private Device Cuda(int index)
    {
        if (index < CudaDevices)
            return new Device(DeviceType.CUDA, index);
        var packages = NativePackages.Here;
        var name = index == 0 ? "cuda" : $"{CudaPrefix}{index}";
        throw Fault(
            CudaDevices > 0 ? $"There is no device {CudaPrefix}{index}."
            : packages.CudaPackage is null ? $"There is no device {name}: libtorch has no CUDA build for {packages.Platform}."
            : !HasCudaLibrary
                ? $"The device {name} needs libtorch with CUDA: reference the NuGet package {packages.CudaPackage} instead of "
                    + $"{packages.Cpu} in the project that is started (of Lumen's own programs: build with -p:TorchBackend=cuda)."
            : $"There is no device {name}: libtorch with CUDA is here, but finds no NVIDIA GPU with a driver that is new enough "
                + "(nvidia-smi shows both)."
        );
    }
}
