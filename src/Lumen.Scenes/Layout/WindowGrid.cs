namespace Lumen.Scenes;

/// <summary>How windows are set into a wall.</summary>
/// <param name="Spacing">Distance between the middles of two windows in metres.</param>
/// <param name="WidthShare">Window width as a share of the spacing, 0...1.</param>
/// <param name="HeightShare">Window height as a share of the floor height, 0...1.</param>
/// <param name="Shop">Whether the ground floor is a shop front.</param>
/// <param name="Frames">Whether windows have light frames and a cross bar.</param>
public readonly record struct WindowGrid(float Spacing, float WidthShare, float HeightShare, bool Shop, bool Frames);
