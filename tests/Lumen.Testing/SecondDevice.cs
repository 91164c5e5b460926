using System.Runtime.InteropServices;
using Lumen.Core.Native;
using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Testing;

/// <summary>
/// A device that is not the processor, for machines without a GPU: libtorch's lazy device with its TorchScript backend. It records what is
/// asked, and computes it on the processor when a number is read, but to libtorch its tensors are on another device: nearly every operator
/// refuses to mix them with the processor's, their memory cannot be read, and the numbers are real. (The meta device has no numbers, and in
/// libtorch without Python no convolution, no norm and no index_select.)
/// </summary>
public static unsafe class SecondDevice
{
    /// <summary>What tests on it run in, one after the other.</summary>
    public const string Name = "Second device";

    private const int LazyType = 17; // c10::DeviceType::Lazy
    private static readonly Lazy<(Device Device, IntPtr Library)> Opened = new(Open);

    /// <summary>float32 on it.</summary>
    public static Placement Placement => new(Opened.Value.Device, ScalarType.Float32);

    /// <summary>
    /// Computes all that was asked for so far. Without it a walk of many steps, none of which is read, becomes one program.
    /// </summary>
    public static void Sync()
    {
        var executor = ((delegate* unmanaged<IntPtr>)Export("_ZN5torch4lazy17LazyGraphExecutor3GetEv"))();
        // LazyGraphExecutor::SyncLiveTensorsGraph(const BackendDevice*, ArrayRef<string>, bool wait): every device, no others, waits
        const string Name =
            "_ZN5torch4lazy17LazyGraphExecutor20SyncLiveTensorsGraphEPKNS0_13BackendDevice"
            + "EN3c108ArrayRefINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEEEb";
        ((delegate* unmanaged<IntPtr, IntPtr, IntPtr, nint, byte, void>)Export(Name))(executor, 0, 0, 0, 1);
    }

    private static (Device Device, IntPtr Library) Open()
    {
        NativeLibraries.Load();
        var library = NativeLibrary.Load(Path.Combine(NativeLibraries.Folder!, "libtorch_cpu.so"));
        ((delegate* unmanaged<void>)NativeLibrary.GetExport(library, "_ZN5torch4lazy22InitTorchScriptBackendEv"))();
        // Its programs run once or twice: optimising them takes far longer than running them.
        ((delegate* unmanaged<byte, void>)NativeLibrary.GetExport(library, "_ZN5torch3jit24setGraphExecutorOptimizeEb"))(0);
        *((delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "_ZN5torch3jit16getProfilingModeEv"))() = 0;
        *((delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "_ZN5torch3jit15getExecutorModeEv"))() = 0;
        return (new Device((TorchSharp.DeviceType)LazyType, 0), library);
    }

    private static IntPtr Export(string name) => NativeLibrary.GetExport(Opened.Value.Library, name);
}
