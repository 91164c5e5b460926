namespace Lumen.Scenes;

/// <summary>What stands where, seen from where: everything that labels, depth, normals and instances depend on, and nothing else.</summary>
public sealed record SceneLayout
{
    /// <summary>Cars a layout holds at most.</summary>
    public const int MaximalCars = 4;

    /// <summary>The seed this layout came from.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The camera.</summary>
    public required SceneCamera Camera { get; init; }

    /// <summary>Road, pavement, grass, markings.</summary>
    public required StreetGround Ground { get; init; }

    /// <summary>Buildings on both sides and perhaps across the end of the street.</summary>
    public required IReadOnlyList<Building> Buildings { get; init; }

    /// <summary>0...4 cars; the position in the list is the paint slot.</summary>
    public required IReadOnlyList<Car> Cars { get; init; }

    /// <summary>0...4 trees.</summary>
    public required IReadOnlyList<Tree> Trees { get; init; }

    /// <summary>0...3 people.</summary>
    public required IReadOnlyList<Person> People { get; init; }

    /// <summary>0...3 lamp posts.</summary>
    public required IReadOnlyList<LampPost> Lamps { get; init; }

    /// <summary>The layout of a seed.</summary>
    public static SceneLayout FromSeed(ulong seed) => new LayoutPlanner(seed).Plan();
}

/// <summary>
/// The pinhole camera. World axes: X to the right of the road, Y up, Z along the road; the ground is Y = 0, the middle of the road X = 0,
/// and the camera stands at Z = 0.
/// </summary>
/// <param name="X">Lateral position in metres.</param>
/// <param name="Height">Height above the ground in metres, about 1.4...4.</param>
/// <param name="Yaw">Turn to the right in radians.</param>
/// <param name="Pitch">Turn downwards in radians.</param>
/// <param name="VerticalFieldOfView">Angle between the upper and the lower edge of the picture in radians; wider pictures see more to the
/// sides.</param>
public readonly record struct SceneCamera(float X, float Height, float Yaw, float Pitch, float VerticalFieldOfView);

/// <summary>The marking in the middle of the road.</summary>
public enum CentreLine
{
    /// <summary>No marking.</summary>
    None,

    /// <summary>Dashes of 3 m with gaps of 3 m.</summary>
    Dashed,

    /// <summary>One solid line.</summary>
    Solid,

    /// <summary>Two solid lines.</summary>
    Double,
}

/// <summary>A lamp post. Lengths in metres.</summary>
/// <param name="X">Foot in X.</param>
/// <param name="Z">Foot in Z.</param>
/// <param name="Height">Height of the post.</param>
/// <param name="Radius">Radius of the post.</param>
/// <param name="Arm">Signed length of the arm along X; it reaches over the road.</param>
public readonly record struct LampPost(float X, float Z, float Height, float Radius, float Arm);

/// <summary>A standing or walking person.</summary>
/// <param name="X">Feet in X, metres.</param>
/// <param name="Z">Feet in Z, metres.</param>
/// <param name="Yaw">Heading in radians, as for cars.</param>
/// <param name="Height">Height in metres.</param>
/// <param name="Stride">How far the legs are apart, 0 (standing) to 1.</param>
public readonly record struct Person(float X, float Z, float Yaw, float Height, float Stride);
