using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Geometry;

/// <summary>One object of the layout: a run of primitives with a bounding ball.</summary>
internal struct Thing
{
    public SceneClass Class;

    /// <summary>Position in the layout's list of its class.</summary>
    public int Slot;
    public int First;
    public int Count;
    public Vec3 Ball;
    public float BallRadius;
    public Vec3 Centre;
    public Vec3 Size;
    public float Yaw;
}
