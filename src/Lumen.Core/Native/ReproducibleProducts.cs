using System.Runtime.InteropServices;

namespace Lumen.Core.Native;

/// <summary>
/// Asks MKL for matrix products whose bits do not depend on where in memory their operands lie (conditional numerical reproducibility, strict). Without it a picture that is made a second time
/// may differ in its last digits from the first, in the same process on the same processor.
/// </summary>
internal static partial class ReproducibleProducts
{
    private const string Variable = "MKL_CBWR", Value = "AUTO,STRICT";

    /// <summary>Sets the variable that MKL reads at its first call, unless the user has set it. Does nothing where there is no C library to set it with.</summary>
    public static void Ask()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64) return;
        try
        {
            SetVariable(Variable, Value, overwrite: 0);
        }
        catch (Exception absent) when (absent is EntryPointNotFoundException or DllNotFoundException)
        {
            return;   // another C library: products are as MKL makes them
        }
    }

    // Environment.SetEnvironmentVariable changes a copy that native libraries do not see.
    [LibraryImport("libc.so.6", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
