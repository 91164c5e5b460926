using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>The camera at a picture size. Rays have length 1 along the camera axis, so the ray parameter is the depth.</summary>
internal sealed class Viewpoint
{
    public Viewpoint(SceneCamera camera, int width, int height)
    {
        (Width, Height) = (width, height);
        Position = new Vec3(camera.X, camera.Height, 0);
        float sin = Curves.Sin(camera.Yaw),
            cos = Curves.Cos(camera.Yaw),
            down = Curves.Sin(camera.Pitch),
            level = Curves.Cos(camera.Pitch);
        Forward = new Vec3(sin * level, -down, cos * level);
        Right = new Vec3(cos, 0, -sin);
        Up = new Vec3(sin * down, level, cos * down);
        PixelSize = 2 * Curves.Tan(camera.VerticalFieldOfView / 2) / height;
    }

    public int Width { get; }

    public int Height { get; }

    public Vec3 Position { get; }

    public Vec3 Forward { get; }

    public Vec3 Right { get; }

    public Vec3 Up { get; }

    /// <summary>Side of a pixel at depth 1.</summary>
    public float PixelSize { get; }

    /// <summary>Direction through a point of the picture in pixels; the middle of the first pixel is (0.5, 0.5).</summary>
    public Vec3 Ray(float x, float y) =>
        Forward + (Right * ((x - (Width * 0.5f)) * PixelSize)) + (Up * (((Height * 0.5f) - y) * PixelSize));

    /// <summary>Coordinates along the camera's right, up and forward axes.</summary>
    public Vec3 ToCamera(Vec3 world)
    {
        var to = world - Position;
        return new Vec3(Vec3.Dot(to, Right), Vec3.Dot(to, Up), Vec3.Dot(to, Forward));
    }

    /// <summary>Pixel coordinates of a point in camera coordinates with positive depth.</summary>
    public (float X, float Y) Project(Vec3 camera) =>
        ((Width * 0.5f) + (camera.X / (camera.Z * PixelSize)), (Height * 0.5f) - (camera.Y / (camera.Z * PixelSize)));
}
