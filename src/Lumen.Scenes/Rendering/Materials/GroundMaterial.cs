using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering.Materials;

/// <summary>Road, markings, pavement and grass, dry, wet or under snow.</summary>
internal static class GroundMaterial
{
    private const uint GrainSalt = 21,
        PatchSalt = 22,
        GrassSalt = 23,
        DriftSalt = 24,
        PuddleSalt = 25;

    public static Surface At(StreetGround ground, SceneAppearance appearance, LightRig rig, SceneClass kind, in Spot spot)
    {
        float x = spot.Point.X,
            z = spot.Point.Z;
        uint seed = appearance.TextureSeed;

        // Along the line of sight a pixel is longer on the ground than across it; detail fades where it is longer than the detail.
        float stretch = spot.Pixel / MathF.Max(-spot.Look.Y, 0.02f);
        float fine = Curves.Clamp01(1.4f - (stretch * 1.6f));
        float patch = Hash.Noise(x * 0.35f, z * 0.22f, seed + PatchSalt) - 0.5f;
        var surface = new Surface
        {
            Normal = Vec3.Up,
            Open = 1,
            Detail = (int)kind,
        };
        switch (kind)
        {
            case SceneClass.Road:
            case SceneClass.Marking:
                float grain = fine > 0 ? (Hash.Noise(x * 7, z * 5, seed + GrainSalt) - 0.5f) * fine : 0;
                float track = Track(ground, x);
                float grey = 0.135f * (1 + (0.30f * patch) + (0.22f * grain) + (0.10f * track));
                surface.Albedo =
                    kind == SceneClass.Road
                        ? new Vec3(grey, grey, grey * 1.04f)
                        : new Vec3(0.78f, 0.78f, 0.74f) * (1 + (0.2f * grain) + (0.3f * patch));
                if (rig.Snow > 0)
                {
                    bool deep = rig.RoadSnow >= 1;
                    float cover = deep ? 0.93f + (0.35f * patch) - (0.3f * track) : 0.62f + (0.5f * patch) - (0.42f * track);
                    float most =
                        kind == SceneClass.Marking ? (deep ? 0.6f : 0.35f)
                        : deep ? 0.92f
                        : 0.75f;
                    surface.Albedo = Vec3.Mix(surface.Albedo, Paints.Snow * (deep ? 0.94f : 0.82f), Curves.Clamp01(cover) * most);
                }

                break;
            case SceneClass.Pavement:
                surface.Albedo = new Vec3(0.40f, 0.375f, 0.345f) * (1 + (0.22f * patch) - (0.30f * Joint(x, z, fine)));
                float kerb = MathF.Abs(MathF.Abs(x) - ground.HalfRoad);
                if (kerb < 0.2f)
                {
                    surface.Albedo = new Vec3(0.52f, 0.51f, 0.49f);
                    surface.Detail = 20;
                }

                break;
            default:
                float blades =
                    (0.6f * Hash.Noise(x * 1.7f, z * 1.3f, seed + GrassSalt))
                    + (0.4f * fine * Hash.Noise(x * 6, z * 4.5f, seed + GrassSalt))
                    - 0.4f;
                surface.Albedo = new Vec3(0.115f + (0.05f * patch), 0.27f, 0.055f) * (1 + (0.65f * blades) + (0.3f * patch));
                break;
        }

        if (rig.Snow > 0 && kind is SceneClass.Pavement or SceneClass.Grass)
        {
            float drift = Hash.Noise(x * 0.8f, z * 0.6f, seed + DriftSalt);
            float cover = (kind == SceneClass.Grass ? 1f : 0.9f) * rig.Snow;
            surface.Albedo = Vec3.Mix(surface.Albedo, Paints.Snow * (0.9f + (0.12f * drift)), cover);
        }

        if (rig.Wet > 0)
        {
            bool hard = kind is not SceneClass.Grass;
            surface.Albedo *= hard ? 0.72f : 0.85f;
            surface.Mirror =
                kind is SceneClass.Road or SceneClass.Marking ? 0.07f + (0.10f * (patch + 0.5f))
                : hard ? 0.05f
                : 0;
            float ripple = (Hash.Noise(x * 2.2f, z * 0.9f, seed + GrainSalt) - 0.5f) * 0.05f;
            float puddle = rig.Puddles > 0 && hard ? Puddle(x, z, seed) : 0;
            surface.Albedo *= 1 - (0.45f * puddle);
            surface.Mirror += (0.42f - surface.Mirror) * puddle * (hard ? 1 : 0);
            ripple *= 1 - (0.8f * puddle);
            surface.Normal = new Vec3(ripple, 1, ripple * 0.6f).Unit;
            if (puddle > 0.5f)
            {
                surface.Detail += 32;
            }
        }

        return surface;
    }

    /// <summary>1 within a puddle, 0 beside it: low places of a smooth relief.</summary>
    private static float Puddle(float x, float z, uint seed)
    {
        float relief =
            (0.65f * Hash.Noise(x * 0.55f, z * 0.28f, seed + PuddleSalt)) + (0.35f * Hash.Noise(x * 1.6f, z * 0.8f, seed + PuddleSalt));
        return Curves.Step(0.56f, 0.61f, relief);
    }

    /// <summary>1 where wheels roll, 0 between.</summary>
    private static float Track(StreetGround ground, float x)
    {
        float fromLane = MathF.Abs(MathF.Abs(x) - (ground.HalfRoad * 0.5f)); // distance from the middle of the lane
        return 1 - Curves.Clamp01(MathF.Abs(fromLane - 0.75f) / 0.45f);
    }

    private static float Joint(float x, float z, float fine)
    {
        float u = MathF.Abs(Curves.Fraction(x / 0.8f) - 0.5f),
            v = MathF.Abs(Curves.Fraction(z / 0.8f) - 0.5f); // slabs of 0.8 m
        return u > 0.46f || v > 0.46f ? fine : 0;
    }
}
