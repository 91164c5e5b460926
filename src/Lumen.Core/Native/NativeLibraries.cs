using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Lumen.Core.Native;

/// <summary>
/// Loads libtorch. <c>libLibTorchSharp.so</c> asks for the symbol version GLIBCXX_3.4.32, which the libstdc++ of GCC 12 (Debian 12, Ubuntu
/// 22.04, RHEL 9) lacks, although the one symbol behind it is never called. Where the library cannot be loaded as it is, a copy with that
/// requirement marked weak is loaded instead; the original file is never touched.
/// </summary>
public static class NativeLibraries
{
    private const string Bridge = "libLibTorchSharp.so";
    private static readonly string[] Torch = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];

    // TorchSharp loads its bridge on first use of any of its types; the event fires only when the ordinary search has failed.
    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Usage",
        "CA2255",
        Justification = "It must run before the first TorchSharp type is touched, whoever touches it."
    )]
    internal static void Subscribe()
    {
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;
        var bridge = new Lazy<IntPtr>(OpenBridge);
        try
        {
            NativeLibrary.SetDllImportResolver(
                typeof(TorchSharp.torch).Assembly,
                (name, _, _) => name.Contains("LibTorchSharp", StringComparison.Ordinal) ? bridge.Value : IntPtr.Zero
            );
        }
        catch (InvalidOperationException)
        {
            // The program that uses this library has a resolver of its own; all that is lost is NNPACK's silence.
        }
    }

    // Zero leaves the search to the runtime, which then says what is missing.
    private static IntPtr OpenBridge()
    {
        if (!NativeLibrary.TryLoad("LibTorchSharp", typeof(TorchSharp.torch).Assembly, null, out var bridge))
            return IntPtr.Zero;
        Nnpack.SwitchOff();
        return bridge;
    }

    private static IntPtr Resolve(Assembly assembly, string name)
    {
        if (!name.Contains("LibTorchSharp", StringComparison.Ordinal) || !RuntimeInformation.IsOSPlatform(OSPlatform.Linux))
            return IntPtr.Zero;
        var (bridge, torch) = Locate(SearchFolders());
        var patched = SymbolVersionPatch.WriteWeakCopy(bridge, "GLIBCXX_3.4.32", CacheFolder());
        foreach (var library in Torch)
            NativeLibrary.Load(Path.Combine(Path.GetDirectoryName(torch)!, library));
        return NativeLibrary.Load(patched);
    }

    /// <summary>
    /// Says what to install where the native package is missing. Call it before the first TorchSharp type: TorchSharp itself would catch
    /// the sentence, search the package cache, and report several screens of its own. Does nothing on other systems, where TorchSharp finds
    /// its libraries unaided.
    /// </summary>
    /// <exception cref="LumenException">A native library is not beside the program.</exception>
    public static void Require()
    {
        if (RuntimeInformation.IsOSPlatform(OSPlatform.Linux))
            Locate(SearchFolders());
    }

    /// <exception cref="LumenException">A library is in none of the folders.</exception>
    internal static (string Bridge, string Torch) Locate(IReadOnlyCollection<string> folders) =>
        (Find(Bridge, folders), Find(Torch[^1], folders));

    private static string Find(string file, IReadOnlyCollection<string> folders) =>
        folders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists)
        ?? throw new LumenException(
            $"The native library {file} is not beside the program. Executables need the NuGet package libtorch-cpu-linux-x64 2.10.0 "
                + "(or a CUDA build: -p:TorchBackend=cuda); add it to the project that is started."
        );

    private static string[] SearchFolders()
    {
        var search = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return
        [
            AppContext.BaseDirectory,
            Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"),
            Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"),
            .. search.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        ];
    }

    // Null where there is no home: never a folder that others share.
    private static string? CacheFolder()
    {
        var local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return local.Length > 0 ? Path.Combine(local, "lumen", "native") : null;
    }
}
