using System.Runtime.Intrinsics;
using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>Eight directions with length 1 along the camera axis, and what they meet.</summary>
internal struct RayPacket
{
    public Vector256<float> X;
    public Vector256<float> Y;
    public Vector256<float> Z;

    /// <summary>Depth of what is met, ground included; the largest number for the sky.</summary>
    public Vector256<float> Depth;

    /// <summary>Index of the primitive, or -1 for ground and sky.</summary>
    public Vector256<int> Primitive;
    public Vector256<int> Face;

    public readonly Vec3 Direction(int lane) => new(X[lane], Y[lane], Z[lane]);
}

/// <summary>What a ray meets first.</summary>
internal struct Hit
{
    public SceneClass Kind;

    /// <summary>Index of the primitive, or -1 for ground and sky.</summary>
    public int Primitive;

    public int Face;

    /// <summary>Ray parameter; for camera rays the depth in metres.</summary>
    public float Depth;
}
