using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>What a batch of walks begins with: one noise stream a picture, and where wanted the pictures to begin from.</summary>
/// <param name="Streams">One stream a picture: the starting noise and, for samplers that add noise, that of every step. No batch size
/// changes it.</param>
/// <param name="Shape">Shape of one picture's latents, C, h, w.</param>
public sealed record DenoisingStart(IReadOnlyList<RandomStream> Streams, IReadOnlyList<long> Shape)
{
    /// <summary>
    /// Scaled latents of pictures to begin from, [B, C, h, w] float32; null begins from noise alone. They stay the caller's.
    /// </summary>
    public Tensor? Latents { get; init; }

    /// <summary>Starts of items 0...count-1 of one stream.</summary>
    public static DenoisingStart Items(RandomStream random, int count, params IReadOnlyList<long> shape) =>
        new([.. Enumerable.Range(0, count).Select(i => random.For(i))], shape);

    /// <summary>Standard normal noise to start from, [B, C, h, w] float32; the caller disposes it.</summary>
    internal Tensor Noise() => Draw(stream => stream);

    /// <summary>Fresh standard normal noise of one step, [B, C, h, w] float32; the caller disposes it.</summary>
    internal Tensor NoiseAt(int index) => Draw(stream => stream.For(index));

    private Tensor Draw(Func<RandomStream, RandomStream> of)
    {
        using var scope = NewDisposeScope();
        return stack(Streams.Select(stream => of(stream).Normal([.. Shape]))).MoveToOuterDisposeScope();
    }
}
