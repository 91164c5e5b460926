using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lumen.Scenes.Numerics;

/// <summary>
/// Three floats: a point, a direction or a linear-light colour, which <see cref="Vector3"/> computes at once.
/// Plain IEEE operations in a fixed order only, so results agree on every platform.
/// </summary>
internal readonly struct Vec3
{
    public static readonly Vec3 Up = new(0, 1, 0);

    private readonly Vector3 _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vec3(float x, float y, float z) => _value = new Vector3(x, y, z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vec3(Vector3 value) => _value = value;

    public float X
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _value.X;
    }

    public float Y
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _value.Y;
    }

    public float Z
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _value.Z;
    }

    public float Length
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => MathF.Sqrt(Dot(this, this));
    }

    /// <summary>The same direction with length 1.</summary>
    public Vec3 Unit
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => this * (1f / Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec3 operator +(Vec3 a, Vec3 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec3 operator -(Vec3 a, Vec3 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec3 operator *(Vec3 a, Vec3 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec3 operator *(Vec3 a, float s) => new(a._value * s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot(Vec3 a, Vec3 b)
    {
        var products = a._value * b._value;
        return products.X + products.Y + products.Z; // Vector3.Dot may add in another order
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec3 Mix(Vec3 a, Vec3 b, float fraction) => a + ((b - a) * fraction);

    /// <summary>
    /// Linear light of a display colour given as 0xRRGGBB. The world uses gamma 2: a square here, a square root at the end.
    /// </summary>
    public static Vec3 Hex(int rgb)
    {
        float r = ((rgb >> 16) & 255) / 255f,
            g = ((rgb >> 8) & 255) / 255f,
            b = (rgb & 255) / 255f;
        return new Vec3(r * r, g * g, b * b);
    }
}
