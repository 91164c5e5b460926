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
    private static readonly string[] Torch = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];
    private static readonly Lazy<IntPtr> Bridge = new(OpenBridge);

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
        try
        {
            NativeLibrary.SetDllImportResolver(
                typeof(TorchSharp.torch).Assembly,
                (name, _, _) => name.Contains("LibTorchSharp", StringComparison.Ordinal) ? Bridge.Value : IntPtr.Zero
            );
        }
        catch (InvalidOperationException)
        {
            // The program that uses this library has a resolver of its own; all that is lost is NNPACK's silence.
        }
    }

    /// <summary>
    /// Says what to install where a native package is missing; looks at names only. Call it before the first TorchSharp type: TorchSharp
    /// itself would catch the sentence, search the package cache, and report several screens of its own.
    /// </summary>
    /// <exception cref="LumenException">A native library is not beside the program.</exception>
    public static void Require() => Locate(NativePackages.Here, SearchFolders());

    /// <summary>
    /// Loads libtorch, or says in one sentence what is missing or does not fit. <see cref="Tensors.Placement"/> calls it.
    /// </summary>
    /// <exception cref="LumenException">A native library is missing, or is of another version than TorchSharp's.</exception>
    public static void Load()
    {
        try
        {
            if (Bridge.Value != IntPtr.Zero)
                return;
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            throw Misfit(error.Message, error);
        }
        Require();
        throw Misfit("it cannot be loaded", null);
    }

    /// <summary>The folder that libtorch is loaded from; null where it is not beside the program.</summary>
    public static string? Folder =>
        Path.GetDirectoryName(
            SearchFolders().Select(folder => Path.Combine(folder, NativePackages.Here.Torch)).FirstOrDefault(File.Exists)
        );

    /// <summary>Whether the libtorch beside the program is a build with CUDA.</summary>
    public static bool HasCuda =>
        NativePackages.Here.Cuda is { } cuda && SearchFolders().Any(folder => File.Exists(Path.Combine(folder, cuda)));

    /// <exception cref="LumenException">A library is in none of the folders, or there is none for this machine.</exception>
    internal static (string Bridge, string Torch) Locate(NativePackages packages, IReadOnlyCollection<string> folders) =>
        packages.Platform is null
            ? throw new LumenException(
                LumenErrorKind.Device,
                $"TorchSharp {NativePackages.TorchSharpVersion} has no native library for {RuntimeInformation.RuntimeIdentifier}: there "
                    + "are linux-x64, win-x64, win-arm64 and osx-arm64."
            )
            : (Find(packages.Bridge, packages, folders), Find(packages.Torch, packages, folders));

    /// <summary>The sentence for native libraries of different versions.</summary>
    /// <param name="fault">What the system says.</param>
    /// <param name="error">What it said it with.</param>
    internal static LumenException Misfit(string fault, Exception? error) =>
        new(
            LumenErrorKind.Device,
            $"The native library {NativePackages.Here.Bridge} of TorchSharp {NativePackages.TorchSharpVersion} cannot be loaded with the "
                + $"libtorch in {Folder ?? "the program's folder"}: reference exactly {NativePackages.Here.Cpu} in the project that is "
                + $"started. The system says: {fault.ReplaceLineEndings(" ").Trim()}",
            error
        );

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
        var (bridge, torch) = Locate(NativePackages.Here, SearchFolders());
        var patched = SymbolVersionPatch.WriteWeakCopy(bridge, "GLIBCXX_3.4.32", CacheFolder);
        foreach (var library in Torch)
            NativeLibrary.Load(Path.Combine(Path.GetDirectoryName(torch)!, library));
        return NativeLibrary.Load(patched);
    }

    private static string Find(string file, NativePackages packages, IReadOnlyCollection<string> folders) =>
        folders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists)
        ?? throw new LumenException(
            LumenErrorKind.Device,
            $"The native library {file} is not beside the program. Executables need the NuGet package {packages.Cpu}"
                + $"{(packages.CudaPackage is { } cuda ? $", or {cuda} for NVIDIA GPUs" : "")}; add it to the project that is started."
        );

    private static string[] SearchFolders()
    {
        var search = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return
        [
            AppContext.BaseDirectory,
            Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"),
            Path.Combine(AppContext.BaseDirectory, "runtimes", NativePackages.Here.Platform ?? "any", "native"),
            .. search.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        ];
    }

    /// <summary>Where adapted copies of native libraries are kept; null where there is no home: never a folder that others share.</summary>
    public static string? CacheFolder
    {
        get
        {
            var local = Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData,
                Environment.SpecialFolderOption.DoNotVerify
            );
            return local.Length > 0 ? Path.Combine(local, "lumen", "native") : null;
        }
    }
}
