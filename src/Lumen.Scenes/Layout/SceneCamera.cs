namespace Lumen.Scenes;

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
