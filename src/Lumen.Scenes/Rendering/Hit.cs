namespace Lumen.Scenes.Rendering;

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
