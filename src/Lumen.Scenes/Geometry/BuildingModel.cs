using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Geometry;

/// <summary>A house: a block with either a flat roof and a cornice or a gable (ridge along the street) and a chimney.</summary>
internal static class BuildingModel
{
    public static void Add(SolidsBuilder builder, Building house, int slot)
    {
        float w = house.Width / 2,
            l = house.Length / 2,
            top = house.WallHeight;
        builder.Begin(SceneClass.Building, slot, house.X, house.Z, 0);
        builder.Add(SolidShape.Box, Part.Wall, new Vec3(-w, 0, -l), new Vec3(w, top, l));
        if (house.RoofRise <= 0)
        {
            const float Over = 0.22f;
            builder.Add(SolidShape.Box, Part.Cornice, new Vec3(-w - Over, top, -l - Over), new Vec3(w + Over, top + 0.45f, l + Over));
            builder.End();
            return;
        }

        const float Eaves = 0.35f;
        float ridge = top + house.RoofRise,
            slope = house.RoofRise / (w + Eaves);
        builder.Add(
            SolidShape.Convex,
            Part.Gable,
            new Vec3(-w - Eaves, top, -l),
            new Vec3(w + Eaves, ridge, l),
            new Plane(new Vec3(0, -1, 0), -top),
            Plane.Through(new Vec3(0, ridge, 0), new Vec3(slope, 1, 0)),
            Plane.Through(new Vec3(0, ridge, 0), new Vec3(-slope, 1, 0)),
            new Plane(new Vec3(0, 0, 1), l),
            new Plane(new Vec3(0, 0, -1), l)
        );
        float z = l * ((house.Tone * 1.2f) - 0.6f),
            x = w * (house.X < 0 ? 0.35f : -0.35f);
        builder.Add(SolidShape.Box, Part.Chimney, new Vec3(x - 0.45f, top, z - 0.45f), new Vec3(x + 0.45f, ridge + 0.7f, z + 0.45f));
        builder.End();
    }
}
