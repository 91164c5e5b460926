using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Geometry;

/// <summary>A lamp post: base, post, arm, lamp head.</summary>
internal static class LampModel
{
    /// <summary>Middle of the light in world coordinates.</summary>
    public static Vec3 Light(LampPost lamp) => new(lamp.X + lamp.Arm, lamp.Height - 0.05f, lamp.Z);

    public static void Add(SolidsBuilder builder, LampPost lamp, int slot)
    {
        float r = lamp.Radius,
            h = lamp.Height,
            end = lamp.Arm;
        builder.Begin(SceneClass.Pole, slot, lamp.X, lamp.Z, 0);
        builder.Add(SolidShape.Post, Part.Post, new Vec3(-r, 0, -r), new Vec3(r, h + 0.12f, r));
        builder.Add(SolidShape.Post, Part.Post, new Vec3(-r * 1.6f, 0, -r * 1.6f), new Vec3(r * 1.6f, 0.7f, r * 1.6f));
        builder.Add(SolidShape.Box, Part.Post, new Vec3(MathF.Min(0, end), h, -0.06f), new Vec3(MathF.Max(0, end), h + 0.12f, 0.06f));
        builder.Add(SolidShape.Box, Part.Lamp, new Vec3(end - 0.34f, h - 0.12f, -0.16f), new Vec3(end + 0.34f, h + 0.14f, 0.16f));
        builder.End();
    }
}
