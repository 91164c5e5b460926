using System.Runtime.CompilerServices;

namespace Lumen.Scenes.Numerics;

/// <summary>Stateless pseudo-random values and smooth noise from integer coordinates.</summary>
internal static class Hash
{
    public const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>The SplitMix64 finaliser: a bijection of 64 bits.</summary>
    public static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Bits(int x, int y, uint salt)
    {
        uint h = ((uint)x * 0x8DA6B343u) ^ ((uint)y * 0xD8163841u) ^ (salt * 0xCB1AB31Fu);
        h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
        h = (h ^ (h >> 12)) * 0x297A2D39u;
        return h ^ (h >> 15);
    }

    /// <summary>Uniform in [0, 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Unit(int x, int y, uint salt) => (Bits(x, y, salt) >> 8) * (1f / (1 << 24));

    /// <summary>Smooth value noise in [0, 1), one feature per unit length.</summary>
    public static float Noise(float x, float y, uint salt)
    {
        float fx = MathF.Floor(x),
            fy = MathF.Floor(y);
        int ix = (int)fx,
            iy = (int)fy;
        float u = x - fx,
            v = y - fy;
        u *= u * (3 - (2 * u));
        v *= v * (3 - (2 * v));
        float a = Unit(ix, iy, salt),
            b = Unit(ix + 1, iy, salt),
            c = Unit(ix, iy + 1, salt),
            d = Unit(ix + 1, iy + 1, salt);
        float top = a + ((b - a) * u),
            bottom = c + ((d - c) * u);
        return top + ((bottom - top) * v);
    }
}
