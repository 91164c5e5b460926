using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Lumen.Core.Native;

/// <summary>Facts about this processor that decide how networks compute.</summary>
public static class Processor
{
    /// <summary>
    /// True where bfloat16 products run in hardware (AVX512_BF16 or AMX_BF16); elsewhere they are emulated and slower than float32.
    /// </summary>
    public static bool HasBFloat16 { get; } = Detect();

    private static bool Detect()
    {
        if (!X86Base.IsSupported || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return false;
        var (maxLeaf, _, _, _) = X86Base.CpuId(0, 0);
        if (maxLeaf < 7)
            return false;
        var (subLeaves, ebx, _, edx) = X86Base.CpuId(7, 0);
        var avx512 = (ebx & (1 << 16)) != 0;
        var amxBf16 = (edx & (1 << 22)) != 0;
        var avx512Bf16 = subLeaves >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;
        return avx512 && (avx512Bf16 || amxBf16);
    }
}
