using static TorchSharp.torch;

namespace Lumen.Training.Perception;

/// <summary>
/// Pictures with their labels as tensors. What is not known of a pixel has the value that means none, and counts in no loss. They belong to
/// the scope they were made in.
/// </summary>
public sealed record PerceptionBatch
{
    /// <summary>The label of ignored pixels.</summary>
    public const long Ignore = Data.LabelledPicture.Ignore;

    /// <summary>Pictures, [B, 3, H, W], -1...1, float32.</summary>
    public required Tensor Images { get; init; }

    /// <summary>Class ids, [B, H, W], int64; <see cref="Ignore"/> for none.</summary>
    public required Tensor Labels { get; init; }

    /// <summary>
    /// Depth in metres, [B, 1, H, W], float32; 0 for none, <see cref="Data.LabelledPicture.Farthest"/> for that and farther.
    /// </summary>
    public required Tensor Depth { get; init; }

    /// <summary>Normals, [B, 3, H, W], X right, Y up, Z towards the viewer, float32; zero for none.</summary>
    public required Tensor Normals { get; init; }

    /// <summary>Heat map of the centres of things, [B, 1, H, W], 0...1, float32.</summary>
    public required Tensor Centres { get; init; }

    /// <summary>1 where the heat map is known, else 0, [B, 1, H, W], float32.</summary>
    public required Tensor CentresKnown { get; init; }

    /// <summary>From pixels of things to their centres in pixels, (x, y), [B, 2, H, W], float32.</summary>
    public required Tensor Offsets { get; init; }

    /// <summary>1 on things whose centre is known, else 0, [B, 1, H, W], float32.</summary>
    public required Tensor OffsetsKnown { get; init; }

    /// <summary>(sin, cos) of headings, [B, 2, H, W], float32; zero for none.</summary>
    public required Tensor Heading { get; init; }

    /// <summary>All tensors, for what is done to each alike.</summary>
    public PerceptionBatch Select(Func<Tensor, Tensor> act) =>
        new()
        {
            Images = act(Images),
            Labels = act(Labels),
            Depth = act(Depth),
            Normals = act(Normals),
            Centres = act(Centres),
            CentresKnown = act(CentresKnown),
            Offsets = act(Offsets),
            OffsetsKnown = act(OffsetsKnown),
            Heading = act(Heading),
        };
}

/// <summary>Kinds of labels that a set of pictures has.</summary>
[Flags]
public enum PerceptionLabels
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A class a pixel.</summary>
    Classes = 1,

    /// <summary>Depth in metres.</summary>
    Depth = 2,

    /// <summary>Surface normals.</summary>
    Normals = 4,

    /// <summary>Single objects of a class.</summary>
    Instances = 8,

    /// <summary>Headings.</summary>
    Yaw = 16,

    /// <summary>Everything.</summary>
    All = 31,
}

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
