using static TorchSharp.torch;

namespace Lumen.Core.Tensors;

/// <summary>
/// Bilinear resizing as two small matrix products (half-pixel centres, borders repeated): PyTorch's <c>interpolate(mode="bilinear",
/// align_corners=False)</c>.
/// </summary>
public static class Bilinear
{
    /// <summary>Resizes maps.</summary>
    /// <param name="maps">[B, C, h, w], float32.</param>
    /// <param name="height">New height.</param>
    /// <param name="width">New width.</param>
    /// <returns>[B, C, height, width].</returns>
    public static Tensor Resize(Tensor maps, long height, long width)
    {
        Shape.Require(maps, nameof(maps), "[B, C, h, w]", s => s.Length == 4);
        using var scope = NewDisposeScope();
        var columns = Weights(maps.shape[3], width, maps); // [width, w]
        var rows = Weights(maps.shape[2], height, maps); // [height, h]
        var wide = nn.functional.linear(maps, columns); // [B, C, h, width]
        return nn.functional.linear(wide.transpose(2, 3), rows).transpose(2, 3).contiguous().MoveToOuterDisposeScope();
    }

    private static Tensor Weights(long from, long to, Tensor like)
    {
        var weights = new float[to * from];
        for (var i = 0L; i < to; i++)
        {
            var place = Math.Max((i + 0.5) * from / to - 0.5, 0);
            var low = Math.Min((long)place, from - 1);
            var high = Math.Min(low + 1, from - 1);
            var share = (float)(place - low);
            weights[i * from + low] += 1 - share;
            weights[i * from + high] += share;
        }
        return tensor(weights, to, from).to(like.device).to_type(like.dtype);
    }
}
