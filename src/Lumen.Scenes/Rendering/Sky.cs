using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>Colour of the sky in a direction.</summary>
internal static class Sky
{
    private const uint CloudSalt = 11,
        StarSalt = 12;

    /// <summary>Gradient and glow only: for reflections.</summary>
    public static Vec3 Plain(LightRig rig, Vec3 unit)
    {
        float height = MathF.Max(unit.Y, 0);
        var colour = Vec3.Mix(rig.Horizon, rig.Zenith, Curves.Clamp01(height * (2.6f - (1.4f * height))));
        float angle = 1 - Vec3.Dot(unit, rig.SunDirection); // 0 at the sun
        return colour + (rig.Halo * ((0.5f / (1 + (angle * 14))) + (0.6f / (1 + (angle * 160)))));
    }

    /// <summary>The sky as seen, with disc, clouds and stars.</summary>
    public static Vec3 Full(LightRig rig, SceneAppearance appearance, Vec3 unit)
    {
        var colour = Plain(rig, unit);
        if (appearance.Weather != Weather.Clear)
        {
            float cloud = Hash.Noise(
                (unit.X / (unit.Y + 0.25f) * 1.6f) + 40,
                unit.Z / (unit.Y + 0.25f) * 1.6f,
                appearance.TextureSeed + CloudSalt
            );
            return colour * (0.93f + (0.14f * cloud));
        }

        float angle = 1 - Vec3.Dot(unit, rig.SunDirection);
        if (appearance.Time == TimeOfDay.Night)
        {
            float u = unit.X * 60,
                v = unit.Y * 60;
            int x = (int)MathF.Floor(u),
                y = (int)MathF.Floor(v);
            float star = Hash.Unit(x, y, appearance.TextureSeed + StarSalt),
                dx = u - x - 0.5f,
                dy = v - y - 0.5f;
            colour +=
                star > 0.965f && unit.Y > 0.08f
                    ? new Vec3(0.5f, 0.53f, 0.62f) * Curves.Step(0.2f, 0.05f, (dx * dx) + (dy * dy) + ((1 - star) * 3))
                    : default;
            colour += new Vec3(0.75f, 0.78f, 0.85f) * Curves.Step(0.0016f, 0.0011f, angle);
        }
        else
        {
            colour += new Vec3(1.4f, 1.2f, 0.8f) * Curves.Step(0.0030f, 0.0014f, angle);
        }

        return appearance.CloudCover > 0 && unit.Y > 0.01f ? Clouds(rig, appearance, unit, colour, angle) : colour;
    }

    private static Vec3 Clouds(LightRig rig, SceneAppearance appearance, Vec3 unit, Vec3 colour, float angle)
    {
        float scale = 1.3f / (unit.Y + 0.12f),
            u = unit.X * scale,
            v = unit.Z * scale;
        uint salt = appearance.TextureSeed + CloudSalt;
        float density =
            (0.55f * Hash.Noise(u + 50, v * 1.6f, salt))
            + (0.3f * Hash.Noise((u * 2.3f) + 9, v * 3.7f, salt))
            + (0.15f * Hash.Noise(u * 5, v * 8, salt));
        float from = 0.72f - (0.38f * appearance.CloudCover),
            cover = Curves.Step(from, from + 0.2f, density) * Curves.Step(0.01f, 0.12f, unit.Y) * 0.85f;
        var lit = appearance.Time switch
        {
            TimeOfDay.Day => new Vec3(0.95f, 0.95f, 0.97f),
            TimeOfDay.Sunset => new Vec3(0.62f, 0.30f, 0.26f) + (rig.Halo * (0.5f / (1 + (angle * 8)))),
            _ => new Vec3(0.05f, 0.06f, 0.11f),
        };
        return Vec3.Mix(colour, lit * (1 - (0.22f * Curves.Step(from + 0.1f, from + 0.4f, density))), cover);
    }
}
