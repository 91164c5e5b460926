using System.Runtime.InteropServices;

namespace Lumen.Core.Native;

/// <summary>The NuGet packages that hold libtorch, and the files in them by which they are known.</summary>
/// <param name="Platform">Runtime identifier; null where TorchSharp has no native library.</param>
/// <param name="Bridge">File of TorchSharp's own native library.</param>
/// <param name="Torch">File that every build of libtorch has.</param>
/// <param name="Cuda">File that only builds with CUDA have; null where there are none.</param>
/// <param name="CudaPackage">Package of a build with CUDA; null where there is none.</param>
internal sealed record NativePackages(string? Platform, string Bridge, string Torch, string? Cuda, string? CudaPackage)
{
    /// <summary>Version of TorchSharp that this library was compiled with.</summary>
    public const string TorchSharpVersion = "0.107.0";

    /// <summary>The one version of libtorch that it works with.</summary>
    public const string LibTorchVersion = "2.10.0";

    /// <summary>Those of this machine.</summary>
    public static NativePackages Here { get; } = Of(SystemName(), RuntimeInformation.ProcessArchitecture);

    /// <summary>Package of libtorch for processors, with its version.</summary>
    public string Cpu => $"libtorch-cpu-{Platform} {LibTorchVersion}";

    /// <summary>Those of a system.</summary>
    /// <param name="system"><c>linux</c>, <c>win</c> or <c>osx</c>.</param>
    /// <param name="architecture">Of the process.</param>
    public static NativePackages Of(string system, Architecture architecture) =>
        (system, architecture) switch
        {
            ("linux", Architecture.X64) => new(
                "linux-x64",
                "libLibTorchSharp.so",
                "libtorch.so",
                "libtorch_cuda.so",
                $"TorchSharp-cuda-linux {TorchSharpVersion}"
            ),
            ("win", Architecture.X64) => new(
                "win-x64",
                "LibTorchSharp.dll",
                "torch_cpu.dll",
                "torch_cuda.dll",
                $"TorchSharp-cuda-windows {TorchSharpVersion}"
            ),
            ("win", Architecture.Arm64) => new("win-arm64", "LibTorchSharp.dll", "torch_cpu.dll", null, null),
            ("osx", Architecture.Arm64) => new("osx-arm64", "libLibTorchSharp.dylib", "libtorch_cpu.dylib", null, null),
            _ => new(null, "LibTorchSharp", "libtorch", null, null),
        };

    private static string SystemName() =>
        OperatingSystem.IsWindows() ? "win"
        : OperatingSystem.IsMacOS() ? "osx"
        : "linux";
}
