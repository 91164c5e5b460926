using Lumen.Scenes.Geometry;
using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering.Materials;

/// <summary>Clothes, skin and hair of people, and lamp posts.</summary>
internal static class FigureMaterial
{
    private const uint JacketSalt = 51,
        TrouserSalt = 52,
        SkinSalt = 53;

    private static readonly Vec3[] Skins = [Vec3.Hex(0xE8B896), Vec3.Hex(0xC98F68), Vec3.Hex(0x8D5A3C), Vec3.Hex(0xF0C8A8)];
    private static readonly Vec3[] Hairs = [Vec3.Hex(0x4A3226), Vec3.Hex(0x74492A), Vec3.Hex(0xC79A5C), Vec3.Hex(0x505058)];
    private static readonly Vec3[] Trousers = [Vec3.Hex(0x2C3550), Vec3.Hex(0x3A3A3C), Vec3.Hex(0x6A5A48), Vec3.Hex(0x46566E)];

    public static Surface Person(Person person, int slot, Part part, uint seed, in Spot spot)
    {
        uint skin = Hash.Bits(slot, 3, seed + SkinSalt);
        bool hair =
            part == Part.Head
            && (spot.Local.Y > person.Height - 0.11f || (spot.LocalNormal.Z < -0.15f && spot.Local.Y > person.Height - 0.24f));
        bool shoe = part == Part.Leg && spot.Local.Y < 0.1f,
            hand = part == Part.Arm && spot.Local.Y < (0.44f * person.Height) + 0.13f;
        var albedo = part switch
        {
            Part.Head => hair ? Hairs[(skin >> 4) & 3] : Skins[skin & 3],
            Part.Leg => shoe ? new Vec3(0.03f, 0.028f, 0.027f) : Trousers[Hash.Bits(slot, 4, seed + TrouserSalt) & 3],
            _ => hand ? Skins[skin & 3] : Paints.Garment(Hash.Bits(slot, 5, seed + JacketSalt)) * (part == Part.Arm ? 0.85f : 1),
        };
        return new Surface
        {
            Normal = spot.Normal,
            Albedo = albedo,
            Open = 0.75f + (0.25f * Curves.Clamp01(spot.Local.Y)),
            Detail = hair || shoe || hand ? 1 : 2,
        };
    }

    public static Surface Lamp(Part part, LightRig rig, in Spot spot)
    {
        var surface = new Surface
        {
            Normal = spot.Normal,
            Open = 1,
            Albedo = new Vec3(0.075f, 0.085f, 0.09f),
            Mirror = 0.04f,
            Detail = 1,
        };
        if (part == Part.Lamp)
        {
            bool top = spot.LocalNormal.Y > 0.5f;
            surface.Albedo = top ? new Vec3(0.1f, 0.1f, 0.1f) : new Vec3(0.8f, 0.78f, 0.7f);
            surface.Glow = top ? default : new Vec3(1.5f, 1.15f, 0.65f) * (rig.Electric > 0.3f ? rig.Electric : 0);
            surface.Detail = top ? 2 : 3;
        }

        if (rig.Snow > 0)
        {
            surface.Albedo = Vec3.Mix(surface.Albedo, Paints.Snow, Curves.Step(0.6f, 0.9f, spot.LocalNormal.Y));
        }

        return surface;
    }
}
