using Lumen.Scenes.Geometry;
using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering.Materials;

/// <summary>Walls with windows, shop fronts, doors, cornices, roofs and chimneys.</summary>
internal static class BuildingMaterial
{
    private const uint LitSalt = 31,
        ToneSalt = 32,
        PlasterSalt = 33,
        BrickSalt = 34,
        RoofSalt = 35;

    public static Surface At(Building house, int slot, Part part, SceneAppearance appearance, LightRig rig, in Spot spot)
    {
        uint seed = appearance.TextureSeed;
        float tone = 0.82f + (0.36f * Hash.Unit(slot, 0, seed + ToneSalt));
        var wall = Paints.Of(appearance.Palette) * tone;
        var surface = new Surface { Normal = spot.Normal, Open = 1 };
        switch (part)
        {
            case Part.Cornice:
                surface.Albedo =
                    spot.LocalNormal.Y > 0.5f ? new Vec3(0.2f, 0.2f, 0.21f) : Vec3.Mix(wall, new Vec3(0.75f, 0.73f, 0.70f), 0.45f);
                surface.Detail = spot.LocalNormal.Y > 0.5f ? 1 : 2;
                break;
            case Part.Chimney:
                surface.Albedo = new Vec3(0.22f, 0.12f, 0.09f);
                break;
            case Part.Gable when spot.LocalNormal.Y > 0.2f:
                bool tiles = Hash.Unit(slot, 1, seed + RoofSalt) < 0.6f;
                float row = Curves.Fraction(spot.Local.Y / 0.45f);
                float fine = Curves.Clamp01(1.3f - (spot.Pixel * 6));
                surface.Albedo =
                    (tiles ? Vec3.Hex(0x8F4A38) : Vec3.Hex(0x4B515B)) * (1 - (0.25f * fine * row)) * (0.8f + (0.4f * house.Tone));
                surface.Detail = 3;
                break;
            default:
                Wall(house, slot, appearance, rig, in spot, wall, ref surface);
                break;
        }

        if (rig.Snow > 0)
        {
            surface.Albedo = Vec3.Mix(surface.Albedo, Paints.Snow, Curves.Step(0.3f, 0.6f, spot.LocalNormal.Y) * 0.95f);
        }

        return surface;
    }

    private static void Wall(
        Building house,
        int slot,
        SceneAppearance appearance,
        LightRig rig,
        in Spot spot,
        Vec3 wall,
        ref Surface surface
    )
    {
        uint seed = appearance.TextureSeed;
        bool alongStreet = MathF.Abs(spot.LocalNormal.X) > 0.5f;
        float u = alongStreet ? spot.Local.Z : spot.Local.X,
            half = (alongStreet ? house.Length : house.Width) * 0.5f,
            v = spot.Local.Y;
        surface.Open = 0.72f + (0.28f * Curves.Clamp01(v / 2.5f)); // darker where the wall meets the ground
        surface.Albedo = Plain(appearance.Palette, seed, spot, u, v, wall);
        surface.Detail = 4;
        if (v < 0.55f)
        {
            surface.Albedo = Vec3.Mix(surface.Albedo, new Vec3(0.16f, 0.155f, 0.15f), 0.6f); // plinth
            surface.Detail = 5;
            return;
        }

        var grid = house.Windows;
        int columns = Math.Max(1, (int)((2 * half / grid.Spacing) + 0.2f));
        float pitch = 2 * half / columns,
            across = (u + half) / pitch,
            up = (v - 0.5f) / house.FloorHeight;
        int column = (int)MathF.Floor(across),
            row = (int)MathF.Floor(up);
        if (row >= house.Floors || v > house.WallHeight)
        {
            return;
        }

        float cu = across - column - 0.5f,
            cv = up - row;
        float wide = grid.WidthShare * grid.Spacing / pitch * 0.5f,
            sill = 0.5f - (grid.HeightShare * 0.42f),
            top = sill + grid.HeightShare;
        bool lit = false; // shops keep their windows lit
        int face = spot.LocalNormal.X + (2 * spot.LocalNormal.Z) > 0 ? 1 : 0;
        if (row == 0 && grid.Shop && alongStreet)
        {
            if (cv > 0.80f)
            {
                surface.Albedo = Paints.Garment(Hash.Bits(slot, 7, seed + ToneSalt)) * 0.55f; // sign above the shop window
                surface.Detail = 6;
                return;
            }

            (wide, sill, top) = (0.44f, 0.12f, 0.78f);
            lit = appearance.Detail == SceneDetail.Rich;
        }
        else if (row == 0 && alongStreet && column == (int)(house.Tone * columns))
        {
            if (MathF.Abs(cu) < 0.62f / pitch && cv < 0.68f)
            {
                surface.Albedo = Paints.Garment(Hash.Bits(slot, 9, seed + ToneSalt)) * 0.3f; // door
                surface.Detail = 7;
            }

            return;
        }

        float off = MathF.Abs(cu);
        if (off > wide + 0.03f || cv < sill - 0.06f || cv > top)
        {
            return;
        }

        if (cv < sill || off > wide)
        {
            surface.Albedo = Vec3.Mix(surface.Albedo, new Vec3(0.8f, 0.79f, 0.77f), cv < sill ? 0.6f : 0.25f); // sill and reveal
            surface.Detail = 8;
            return;
        }

        float frame = grid.Frames ? 0.14f : 0;
        bool onFrame =
            grid.Frames
            && spot.Pixel < 0.12f
            && (off > wide * (1 - frame) || off < 0.045f * wide || cv > top - 0.035f || cv < sill + 0.03f);
        if (onFrame)
        {
            surface.Albedo = new Vec3(0.72f, 0.71f, 0.69f);
            surface.Detail = 9;
            return;
        }

        Glass(
            appearance,
            rig,
            in spot,
            Hash.Unit((slot * 64) + (column * 2) + face, row + (alongStreet ? 0 : 32), seed + LitSalt) * (lit ? 0.4f : 1),
            (cv - sill) / (top - sill),
            ref surface
        );
        surface.Detail = 16 + ((column & 3) * 4) + (row & 3);
    }

    private static void Glass(SceneAppearance appearance, LightRig rig, in Spot spot, float pick, float height, ref Surface surface)
    {
        surface.Albedo = new Vec3(0.03f, 0.04f, 0.055f);
        surface.Mirror = 0.22f;
        float share = appearance.Time == TimeOfDay.Night ? 0.48f : rig.Electric * 0.5f;
        if (pick < share)
        {
            float vary = pick / share;
            var light = Vec3.Mix(Paints.WindowLight, new Vec3(0.9f, 0.86f, 0.7f), vary * 0.6f);
            surface.Glow = light * (0.42f + (0.4f * vary)) * (0.8f + (0.25f * height)) * (0.55f + (0.45f * rig.Electric));
            surface.Mirror = 0.05f;
        }
        else
        {
            surface.Albedo *= 0.7f + (0.6f * height);
        }
    }

    private static Vec3 Plain(BuildingPalette palette, uint seed, in Spot spot, float u, float v, Vec3 wall)
    {
        float stain = Hash.Noise((u * 0.4f) + spot.Point.Z, v * 0.25f, seed + PlasterSalt) - 0.5f;
        wall *= 1 + (0.16f * stain);
        float fade = Curves.Clamp01(1.5f - (spot.Pixel * 9));
        if (fade <= 0)
        {
            return wall;
        }

        if (palette != BuildingPalette.RedBrick)
        {
            return wall * (1 + (0.10f * fade * (Hash.Noise(u * 5, v * 5, seed + PlasterSalt) - 0.5f)));
        }

        const float BrickLength = 0.5f,
            BrickHeight = 0.2f; // twice life size, or a small picture could not show them
        float course = MathF.Floor(v / BrickHeight),
            shift = ((int)course & 1) * 0.5f,
            brick = MathF.Floor((u / BrickLength) + shift);
        bool mortar = Curves.Fraction(v / BrickHeight) < 0.16f || Curves.Fraction((u / BrickLength) + shift) < 0.07f;
        float shade = 0.85f + (0.3f * Hash.Unit((int)brick, (int)course, seed + BrickSalt));
        return Vec3.Mix(wall, mortar ? new Vec3(0.5f, 0.40f, 0.34f) : wall * shade, fade * (mortar ? 0.55f : 1));
    }
}
