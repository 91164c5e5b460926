namespace Lumen.Conditions;

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
                $"The estimator must give {channels} channel{(channels == 1 ? "" : "s")} for {what} but gives {Channels}. Is it a "
                    + "model for something else?"
            );
    }
}
