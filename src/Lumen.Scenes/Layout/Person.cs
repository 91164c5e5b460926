namespace Lumen.Scenes;

/// <summary>A standing or walking person.</summary>
/// <param name="X">Feet in X, metres.</param>
/// <param name="Z">Feet in Z, metres.</param>
/// <param name="Yaw">Heading in radians, as for cars.</param>
/// <param name="Height">Height in metres.</param>
/// <param name="Stride">How far the legs are apart, 0 (standing) to 1.</param>
public readonly record struct Person(float X, float Z, float Yaw, float Height, float Stride);
