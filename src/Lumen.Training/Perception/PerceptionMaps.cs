using static TorchSharp.torch;

namespace Lumen.Training.Perception;

/// <summary>
/// What the heads of a perception network say about a batch, raw: what losses are computed from. Heads that the network lacks are null. All
/// float32.
/// </summary>
public sealed record PerceptionMaps
{
    /// <summary>Depth where the logarithm is 0, metres.</summary>
    public const double DepthUnit = 10;

    /// <summary>Pixels that an offset of 1 stands for.</summary>
    public const double OffsetUnit = 8;

    /// <summary>Semantic logits, [B, K, H, W].</summary>
    public Tensor? Semantic { get; init; }

    /// <summary>Logarithm of depth over <see cref="DepthUnit"/>, [B, 1, H, W].</summary>
    public Tensor? LogDepth { get; init; }

    /// <summary>Unit normals, [B, 3, H, W].</summary>
    public Tensor? Normals { get; init; }

    /// <summary>Heat map of the centres of things, about 0...1, [B, 1, H, W].</summary>
    public Tensor? Centres { get; init; }

    /// <summary>From each pixel of a thing to its centre, (x, y) in units of <see cref="OffsetUnit"/> pixels, [B, 2, H, W].</summary>
    public Tensor? Offsets { get; init; }

    /// <summary>(sin, cos) of the heading, of any length, [B, 2, H, W].</summary>
    public Tensor? Heading { get; init; }
}
