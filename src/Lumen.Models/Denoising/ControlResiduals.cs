using static TorchSharp.torch;

namespace Lumen.Models.Denoising;

/// <summary>What a ControlNet adds to a U-Net.</summary>
/// <param name="Down">One residual per skip connection, <c>conv_in</c> first, each shaped like its skip.</param>
/// <param name="Mid">Residual of the middle block.</param>
public sealed record ControlResiduals(IReadOnlyList<Tensor> Down, Tensor Mid)
{
    internal void RequireCount(int skips)
    {
        if (Down.Count != skips)
            throw new ArgumentException(
                $"The ControlNet gives {Down.Count} residuals but the U-Net has {skips} skip connections: they belong to different "
                    + "model families."
            );
    }
}
