using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>
/// A random orthogonal matrix, evenly distributed (Haar): QR decomposition of normal noise, the diagonal of R made positive (Mezzadri
/// 2007).
/// </summary>
public static class RandomRotation
{
    /// <summary>The matrix of a seed.</summary>
    /// <param name="size">N, at least 1.</param>
    /// <param name="seed">The same seed gives the same matrix.</param>
    /// <returns>[N, N] float64, orthogonal; the caller disposes it.</returns>
    public static Tensor Of(int size, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var (q, r) = linalg.qr(new RandomStream(seed).Normal(size, size).to_type(ScalarType.Float64));
        return (q * r.diagonal().sign()).MoveToOuterDisposeScope();
    }

    /// <summary>Rotates the components of layouts.</summary>
    /// <param name="layouts">[B, N, h, w].</param>
    /// <param name="rotation">[N, N], any floating type.</param>
    /// <returns>[B, N, h, w], of the layouts' type; the caller disposes it.</returns>
    public static Tensor Apply(Tensor layouts, Tensor rotation)
    {
        Shape.Require(layouts, nameof(layouts), $"[B, {rotation.shape[0]}, h, w]", s => s.Length == 4 && s[1] == rotation.shape[0]);
        using var scope = NewDisposeScope();
        return nn
            .functional.linear(layouts.permute(0, 2, 3, 1), rotation.to_type(layouts.dtype))
            .permute(0, 3, 1, 2)
            .contiguous()
            .MoveToOuterDisposeScope();
    }
}
