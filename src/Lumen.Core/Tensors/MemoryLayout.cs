using static TorchSharp.torch;

namespace Lumen.Core.Tensors;

/// <summary>Orders of the axes in memory; shape and values stay.</summary>
public static class MemoryLayout
{
    private static readonly long[] ToLast = [0, 2, 3, 1];
    private static readonly long[] ToFirst = [0, 3, 1, 2];

    /// <summary>
    /// The same maps with the channels innermost in memory. Convolutions and norms keep that order; with few channels and large maps they
    /// are faster so on CPUs.
    /// </summary>
    /// <param name="x">[B, C, H, W].</param>
    /// <returns>[B, C, H, W], C innermost; on the caller's dispose scope.</returns>
    public static Tensor ChannelsLast(Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.permute(ToLast).contiguous().permute(ToFirst).MoveToOuterDisposeScope(); // [B, C, H, W]
    }
}
