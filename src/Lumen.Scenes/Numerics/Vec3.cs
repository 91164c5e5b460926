using System.Runtime.CompilerServices;

namespace Lumen.Scenes.Numerics;

/// <summary>Three floats: a point, a direction or a linear-light colour. Plain IEEE operations only, so results agree on every platform.</summary>
internal readonly struct Vec3(float x, float y, float z)
{
    public readonly float X = x;
    public readonly float Y = y;
    public readonly float Z = z;

    public static readonly Vec3 Up = new(0, 1, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec3 operator +(Vec3 a, Vec3 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec3 operator -(Vec3 a, Vec3 b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec3 operator *(Vec3 a, Vec3 b) => new(a.X * b.X, a.Y * b.Y, a.Z * b.Z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec3 operator *(Vec3 a, float s) => new(a.X * s, a.Y * s, a.Z * s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot(Vec3 a, Vec3 b) => (a.X * b.X) + (a.Y * b.Y) + (a.Z * b.Z);

    public float Length => MathF.Sqrt(Dot(this, this));

    /// <summary>The same direction with length 1.</summary>
    public Vec3 Unit => this * (1f / Length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec3 Mix(Vec3 a, Vec3 b, float fraction) => a + ((b - a) * fraction);

    /// <summary>Linear light of a display colour given as 0xRRGGBB. The world uses gamma 2: a square here, a square root at the end.</summary>
    public static Vec3 Hex(int rgb)
    {
        float r = ((rgb >> 16) & 255) / 255f, g = ((rgb >> 8) & 255) / 255f, b = (rgb & 255) / 255f;
        return new Vec3(r * r, g * g, b * b);
    }
}
