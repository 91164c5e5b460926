using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>Some pictures of one size with their noise streams. Whoever consumes a sequence of batches disposes each.</summary>
/// <param name="Images">[B, 3, H, W], [-1, 1] RGB, float32.</param>
/// <param name="Items">One noise stream per picture.</param>
public sealed record PictureBatch(Tensor Images, IReadOnlyList<long> Items) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Images.Dispose();
}
