using static TorchSharp.torch;

namespace Lumen.Training.Perception;

/// <summary>
/// What a perception network sees in a batch of pictures. Null where it has no such head. Dispose it, or let a scope do so.
/// </summary>
public sealed record PerceptionEvaluation : IDisposable
{
    /// <summary>Class ids, [B, H, W], int64.</summary>
    public Tensor? Labels { get; init; }

    /// <summary>Depth in metres, [B, H, W], float32.</summary>
    public Tensor? Depth { get; init; }

    /// <summary>Unit normals, [B, 3, H, W], X right, Y up, Z towards the viewer, float32.</summary>
    public Tensor? Normals { get; init; }

    /// <summary>Ids of things, [B, H, W], int32: 1, 2, ... in each picture, 0 where there is none.</summary>
    public Tensor? Instances { get; init; }

    /// <summary>Heading against the camera's axis, [B, H, W], radians, float32. It means something on oriented classes only.</summary>
    public Tensor? Yaw { get; init; }

    public void Dispose()
    {
        Labels?.Dispose();
        Depth?.Dispose();
        Normals?.Dispose();
        Instances?.Dispose();
        Yaw?.Dispose();
    }
}
