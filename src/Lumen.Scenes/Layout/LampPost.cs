namespace Lumen.Scenes;

/// <summary>A lamp post. Lengths in metres.</summary>
/// <param name="X">Foot in X.</param>
/// <param name="Z">Foot in Z.</param>
/// <param name="Height">Height of the post.</param>
/// <param name="Radius">Radius of the post.</param>
/// <param name="Arm">Signed length of the arm along X; it reaches over the road.</param>
public readonly record struct LampPost(float X, float Z, float Height, float Radius, float Arm);
