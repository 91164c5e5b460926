using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>Flakes and streaks in front of everything; placed on the picture, so their size follows the picture's.</summary>
internal static class Precipitation
{
    private const uint FlakeSalt = 61,
        StreakSalt = 62;

    public static void Add(Span<Vec3> pixels, SceneAppearance appearance, LightRig rig, int width, int height)
    {
        if (appearance.Weather == Weather.Snow)
        {
            var colour = Vec3.Mix(rig.AmbientUp, new Vec3(0.95f, 0.95f, 0.97f), appearance.Time == TimeOfDay.Night ? 0.2f : 0.6f);
            Flakes(pixels, width, height, cell: height / 7f, radius: 0.075f, colour, appearance.TextureSeed + FlakeSalt);
            Flakes(pixels, width, height, cell: height / 13f, radius: 0.085f, colour * 0.9f, appearance.TextureSeed + FlakeSalt + 100);
        }
        else if (appearance.Weather == Weather.Rain)
        {
            Streaks(pixels, width, height, rig.AmbientUp * 1.15f, appearance.TextureSeed + StreakSalt);
        }
    }

    private static void Flakes(Span<Vec3> pixels, int width, int height, float cell, float radius, Vec3 colour, uint salt)
    {
        for (int row = 0; row * cell < height; row++)
        {
            for (int column = 0; column * cell < width; column++)
            {
                if (Hash.Unit(column, row, salt) > 0.42f)
                {
                    continue;
                }

                float x = (column + 0.15f + (0.7f * Hash.Unit(column, row, salt + 1))) * cell,
                    y = (row + 0.15f + (0.7f * Hash.Unit(column, row, salt + 2))) * cell;
                float r = MathF.Max(0.55f, radius * cell * (0.7f + (0.6f * Hash.Unit(column, row, salt + 3))));
                for (int py = Math.Max(0, (int)(y - r - 1)); py <= Math.Min(height - 1, (int)(y + r + 1)); py++)
                {
                    for (int px = Math.Max(0, (int)(x - r - 1)); px <= Math.Min(width - 1, (int)(x + r + 1)); px++)
                    {
                        float dx = px + 0.5f - x,
                            dy = py + 0.5f - y,
                            cover = Curves.Clamp01(r + 0.5f - MathF.Sqrt((dx * dx) + (dy * dy))) * 0.8f;
                        ref var pixel = ref pixels[(py * width) + px];
                        pixel = Vec3.Mix(pixel, colour, cover);
                    }
                }
            }
        }
    }

    private static void Streaks(Span<Vec3> pixels, int width, int height, Vec3 colour, uint salt)
    {
        const float Slant = 0.14f;
        float wide = height / 22f,
            tall = height / 6f,
            thickness = MathF.Max(1, height / 150f);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                float u = (x + 0.5f + ((y + 0.5f) * Slant)) / wide;
                int column = (int)MathF.Floor(u);
                float v = ((y + 0.5f) / tall) + (Hash.Unit(column, 0, salt) * 9);
                int row = (int)MathF.Floor(v);
                float along = v - row;
                if (along >= 0.75f || Hash.Unit(column, row, salt + 2) >= 0.34f)
                {
                    continue;
                }

                float at = 0.2f + (0.6f * Hash.Unit(column, row, salt + 1)),
                    off = MathF.Abs(u - column - at) * wide;
                if (off < thickness)
                {
                    ref var pixel = ref pixels[(y * width) + x];
                    pixel = Vec3.Mix(pixel, colour, 0.24f * (1 - (off / thickness)) * (0.4f + along));
                }
            }
        }
    }
}
