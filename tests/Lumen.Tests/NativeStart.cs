using System.Runtime.CompilerServices;

namespace Lumen.Tests;

/// <summary>Prepares the loading of libtorch before any test runs, whichever touches a tensor first.</summary>
internal static class NativeStart
{
    [ModuleInitializer]
    internal static void Prepare() => RuntimeHelpers.RunModuleConstructor(typeof(Lumen.Core.Tensors.Placement).Module.ModuleHandle);
}
