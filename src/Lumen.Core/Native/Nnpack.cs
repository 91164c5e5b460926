using System.Runtime.InteropServices;

namespace Lumen.Core.Native;

/// <summary>
/// NNPACK, one of the libraries that libtorch convolves with. On most virtual machines it cannot read the processor's caches, and says so
/// on the error stream once for every convolution. TorchSharp has no switch for it, so libtorch's own is called:
/// <c>at::globalContext().setUserEnabledNNPACK(false)</c>, which is what <c>torch.backends.nnpack.set_flags(False)</c> does in Python.
/// </summary>
internal static unsafe class Nnpack
{
    private const string Library = "libtorch_cpu.so";
    private const string GlobalContext = "_ZN2at13globalContextEv";
    private const string SetUserEnabled = "_ZN2at7Context20setUserEnabledNNPACKEb";

    /// <summary>
    /// Switches it off for this process. Call it once libtorch is loaded; it does nothing on other systems, and where libtorch names the
    /// switch otherwise.
    /// </summary>
    /// <returns>Whether it was done.</returns>
    public static bool SwitchOff()
    {
        // The bare name finds the library that is loaded already, wherever it lies.
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad(Library, out var torch))
            return false;
        if (
            !NativeLibrary.TryGetExport(torch, GlobalContext, out var context)
            || !NativeLibrary.TryGetExport(torch, SetUserEnabled, out var set)
        )
            return false;
        ((delegate* unmanaged<IntPtr, byte, void>)set)(((delegate* unmanaged<IntPtr>)context)(), 0);
        return true;
    }
}
