using static TorchSharp.torch;

namespace Lumen.Models.Vision;

/// <summary>
/// A frozen network that turns pictures into dense features. Every backbone (Stable Diffusion, DINO, DINOv2, CLIP) looks like this from
/// outside.
/// </summary>
public interface IFeatureExtractor
{
    /// <summary>What exactly the features come from: recorded in every basis and layout made of them.</summary>
    FeatureSource Source { get; }

    /// <summary>Dense features of a batch of pictures.</summary>
    /// <param name="images">[B, 3, H, W], [-1, 1] RGB, float32, any device.</param>
    /// <param name="items">One noise stream per picture, so that a picture's features do not depend on its batch. Extractors without noise
    /// ignore the values.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <returns>[B, C, h, w], unbounded, float32 on the network's device; the caller disposes it.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    Tensor Extract(Tensor images, IReadOnlyList<long> items, CancellationToken stop = default);
}
