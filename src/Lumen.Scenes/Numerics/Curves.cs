using System.Runtime.CompilerServices;

namespace Lumen.Scenes.Numerics;

/// <summary>Elementary functions from additions and products only, so that the same seed gives the same bytes on every platform.</summary>
internal static class Curves
{
    public const float Pi = 3.14159265f;

    public static float Sin(float radians)
    {
        const double TwoPi = 6.283185307179586;
        double x = radians - (TwoPi * Math.Floor((radians / TwoPi) + 0.5)); // [-pi, pi]
        if (x > TwoPi / 4)
        {
            x = (TwoPi / 2) - x;
        }
        else if (x < -TwoPi / 4)
        {
            x = (-TwoPi / 2) - x;
        }

        double s = x * x; // Taylor to x^11: error below 6e-8 on [-pi/2, pi/2]
        return (float)(x * (1 - (s / 6 * (1 - (s / 20 * (1 - (s / 42 * (1 - (s / 72 * (1 - (s / 110)))))))))));
    }

    public static float Cos(float radians) => Sin(radians + (Pi / 2));

    public static float Tan(float radians) => Sin(radians) / Cos(radians);

    /// <summary>exp(-x) for x of 0 or more: (1 - x/64)^64 corrected to second order; error below 2e-3 where it matters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Decay(float x)
    {
        float b = 1f + (x * (1f / 32f)) + (x * x * (0.5f / (32f * 32f)));
        b *= b;
        b *= b;
        b *= b;
        b *= b;
        b *= b;
        return 1f / b;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Clamp01(float x) =>
        x < 0 ? 0
        : x > 1 ? 1
        : x;

    /// <summary>0 below <paramref name="from"/>, 1 above <paramref name="to"/>, a cubic between.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Step(float from, float to, float x)
    {
        float t = Clamp01((x - from) / (to - from));
        return t * t * (3 - (2 * t));
    }

    /// <summary>x minus the largest integer not above it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Fraction(float x) => x - MathF.Floor(x);
}
