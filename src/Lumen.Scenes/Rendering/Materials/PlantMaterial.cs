using Lumen.Scenes.Geometry;
using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering.Materials;

/// <summary>Bark and leaves.</summary>
internal static class PlantMaterial
{
    private const uint LeafSalt = 41,
        ToneSalt = 42;

    public static Surface At(Tree tree, int slot, Part part, SceneAppearance appearance, LightRig rig, in Spot spot)
    {
        if (part == Part.Trunk)
        {
            return new Surface
            {
                Normal = spot.Normal,
                Open = 0.9f,
                Albedo = new Vec3(0.13f, 0.085f, 0.055f),
                Detail = 1,
            };
        }

        uint seed = appearance.TextureSeed;
        var p = spot.Point;
        float tone = Hash.Unit(slot, 2, seed + ToneSalt);
        float coarse = Hash.Noise((p.X + p.Z) * 2.6f, (p.Y * 2.6f) + (p.Z * 0.9f), seed + LeafSalt),
            fine = Curves.Clamp01(1.4f - (spot.Pixel * 12));
        float leaf = coarse - 0.5f + (fine * 0.8f * (Hash.Noise((p.X - p.Z) * 7, (p.Y * 7) + p.X, seed + LeafSalt) - 0.5f));
        var green =
            tree.Shape == TreeShape.Conifer
                ? Vec3.Mix(new Vec3(0.035f, 0.13f, 0.06f), new Vec3(0.06f, 0.17f, 0.05f), tone)
                : Vec3.Mix(new Vec3(0.07f, 0.24f, 0.035f), new Vec3(0.17f, 0.30f, 0.04f), tone);
        var bumped = (spot.Normal + new Vec3(leaf * 0.7f, leaf * 0.5f, leaf * 0.4f)).Unit;
        float foot = tree.Trunk,
            level = Curves.Clamp01((p.Y - foot) / tree.CrownHeight);
        var albedo = green * (1 + (0.9f * leaf));
        if (rig.Snow > 0)
        {
            albedo = Vec3.Mix(albedo * 0.8f, Paints.Snow, Curves.Step(0.15f, 0.55f, spot.Normal.Y + (leaf * 0.6f)) * 0.9f);
        }

        return new Surface
        {
            Normal = bumped,
            Open = 0.55f + (0.45f * level),
            Albedo = albedo,
            Detail = 2,
        };
    }
}
