namespace Lumen.Scenes;

/// <summary>An axis-aligned house. Lengths in metres.</summary>
/// <param name="X">Middle in X.</param>
/// <param name="Z">Middle in Z.</param>
/// <param name="Width">Size in X.</param>
/// <param name="Length">Size in Z.</param>
/// <param name="Floors">Number of floors, 1 or more.</param>
/// <param name="FloorHeight">Height of one floor.</param>
/// <param name="RoofRise">Height of the gable above the walls; 0 for a flat roof.</param>
/// <param name="Windows">The grid of windows.</param>
/// <param name="Tone">A number that varies the shade among the buildings of a scene, 0...1.</param>
public readonly record struct Building(
    float X,
    float Z,
    float Width,
    float Length,
    int Floors,
    float FloorHeight,
    float RoofRise,
    WindowGrid Windows,
    float Tone
)
{
    /// <summary>Height of the walls in metres, without the roof.</summary>
    public float WallHeight => (Floors * FloorHeight) + 0.5f;
}

/// <summary>How windows are set into a wall.</summary>
/// <param name="Spacing">Distance between the middles of two windows in metres.</param>
/// <param name="WidthShare">Window width as a share of the spacing, 0...1.</param>
/// <param name="HeightShare">Window height as a share of the floor height, 0...1.</param>
/// <param name="Shop">Whether the ground floor is a shop front.</param>
/// <param name="Frames">Whether windows have light frames and a cross bar.</param>
public readonly record struct WindowGrid(float Spacing, float WidthShare, float HeightShare, bool Shop, bool Frames);
