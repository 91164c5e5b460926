using static TorchSharp.torch;

namespace Lumen.Models.Denoising;

/// <summary>
/// What a pass of a U-Net leaves to shallow ones at timesteps nearby, where it changes little: the input of the last layer on the way up,
/// and what an adapter adds to that layer's skip connection. Source: DeepCache (Ma et al. 2024), its branch 0.
/// </summary>
public sealed class DeepFeatures : IDisposable
{
    private Tensor? _input;
    private Tensor? _residual;

    /// <summary>Whether a pass has left something.</summary>
    public bool IsThere => _input is not null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _input?.Dispose();
        _residual?.Dispose();
        (_input, _residual) = (null, null);
    }

    /// <summary>Keeps the last layer's input [B, C, H, W].</summary>
    internal void Keep(Tensor input)
    {
        Dispose();
        _input = input.alias().DetachFromDisposeScope();
    }

    /// <summary>Keeps the adapter's residual of the first skip connection.</summary>
    internal void KeepResidual(Tensor residual) => _residual = residual.alias().DetachFromDisposeScope();

    /// <summary>The input, and the first skip connection with the residual.</summary>
    /// <exception cref="ArgumentException">The pass was one of another shape, or there was none.</exception>
    internal (Tensor Input, Tensor Skip) For(Tensor skip)
    {
        var fits = _input is not null && _input.shape[0] == skip.shape[0] && _input.shape.AsSpan(2).SequenceEqual(skip.shape.AsSpan(2));
        return fits
            ? (_input!, _residual is null ? skip : skip + _residual)
            : throw new ArgumentException(
                $"Deep features of a pass of {skip.shape[0]} latents of {skip.shape[3]} x {skip.shape[2]} are needed, but there are "
                    + (_input is null ? "none." : $"those of {_input.shape[0]} of {_input.shape[3]} x {_input.shape[2]}.")
            );
    }
}
