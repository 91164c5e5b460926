using System.Runtime.CompilerServices;
using Lumen.Core.Tensors;

namespace Lumen.Extension.Tests;

/// <summary>Prepares the loading of libtorch before any test runs, whichever touches a tensor first.</summary>
internal static class NativeStart
{
    [ModuleInitializer]
    internal static void Prepare() => RuntimeHelpers.RunModuleConstructor(typeof(Placement).Module.ModuleHandle);
}
