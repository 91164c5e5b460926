using Lumen.Imaging;

namespace Lumen.Conditions;

/// <summary>A network that estimates something at every pixel: depth, edges, normals.</summary>
public interface IPictureEstimator
{
    /// <summary>The estimate for one picture, at the picture's size.</summary>
    /// <exception cref="LumenException">The network cannot take the picture.</exception>
    EstimatedMap Estimate(Picture picture);
}

/// <summary>The range in which an estimator's network takes colours.</summary>
public enum EstimatorInput
{
    /// <summary>0...1 less ImageNet's means, divided by its deviations: MiDaS 2, Depth Anything, DPT.</summary>
    ImageNet,

    /// <summary>-1...1: MiDaS 3.1 and others.</summary>
    Signed,

    /// <summary>0...1.</summary>
    Unit,

    /// <summary>0...255: HED.</summary>
    Bytes,
}

/// <summary>What an estimator says of a picture.</summary>
/// <param name="Channels">Numbers per pixel.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Values">[C, H, W] flattened, finite.</param>
public sealed record EstimatedMap(int Channels, int Width, int Height, float[] Values)
{
    /// <summary>Refuses a map of another kind of estimator.</summary>
    /// <exception cref="LumenException">It has another number of channels.</exception>
    public void RequireChannels(int channels, string what)
    {
        if (Channels != channels)
            throw new LumenException(
                LumenErrorKind.Option,
                $"The estimator must give {channels} channel{(channels == 1 ? "" : "s")} for {what} but gives {Channels}. Is it a "
                    + "model for something else?"
            );
    }
}
