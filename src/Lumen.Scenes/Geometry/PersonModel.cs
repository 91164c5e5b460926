using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Geometry;

/// <summary>A person: two legs, a torso that narrows to the hips, two arms and a head. Walks towards local +Z.</summary>
internal static class PersonModel
{
    public static void Add(SolidsBuilder builder, Person person, int slot)
    {
        float h = person.Height,
            hip = 0.48f * h,
            shoulder = 0.83f * h,
            swing = 0.2f * person.Stride;
        builder.Begin(SceneClass.Person, slot, person.X, person.Z, person.Yaw);
        for (int side = -1; side <= 1; side += 2)
        {
            float foot = side * swing,
                x = side * 0.125f;
            builder.Add(SolidShape.Box, Part.Leg, new Vec3(x - 0.105f, 0, foot - 0.12f), new Vec3(x + 0.105f, 0.26f * h, foot + 0.13f));
            builder.Add(
                SolidShape.Box,
                Part.Leg,
                new Vec3(x - 0.115f, 0.24f * h, (foot * 0.5f) - 0.13f),
                new Vec3(x + 0.115f, hip + 0.04f, (foot * 0.5f) + 0.13f)
            );
            float arm = side * 0.36f,
                reach = -side * swing * 0.7f;
            builder.Add(
                SolidShape.Ellipsoid,
                Part.Arm,
                new Vec3(arm - 0.085f, 0.44f * h, reach - 0.13f),
                new Vec3(arm + 0.085f, shoulder, reach + 0.13f)
            );
        }

        builder.Add(
            SolidShape.Convex,
            Part.Torso,
            new Vec3(-0.34f, hip - 0.05f, -0.18f),
            new Vec3(0.34f, shoulder + 0.04f, 0.18f),
            new Plane(new Vec3(0, -1, 0), -hip + 0.05f),
            new Plane(new Vec3(0, 1, 0), shoulder + 0.04f),
            new Plane(new Vec3(0, 0, 1), 0.18f),
            new Plane(new Vec3(0, 0, -1), 0.18f),
            Plane.Through(new Vec3(0.25f, hip, 0), new Vec3(1, -0.14f, 0)),
            Plane.Through(new Vec3(-0.25f, hip, 0), new Vec3(-1, -0.14f, 0)),
            Plane.Through(new Vec3(0.28f, shoulder, 0), new Vec3(0.7f, 1, 0)), // sloping shoulders
            Plane.Through(new Vec3(-0.28f, shoulder, 0), new Vec3(-0.7f, 1, 0))
        );
        builder.Add(SolidShape.Ellipsoid, Part.Head, new Vec3(-0.165f, h - 0.35f, -0.175f), new Vec3(0.165f, h, 0.175f));
        builder.End();
    }
}
