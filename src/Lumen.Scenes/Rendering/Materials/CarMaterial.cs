using Lumen.Scenes.Geometry;
using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering.Materials;

/// <summary>Paint, glass, tyres and lights of a car.</summary>
internal static class CarMaterial
{
    private static readonly Vec3 Dark = new(0.012f, 0.012f, 0.014f);

    public static Surface At(Car car, Part part, CarPaint paint, LightRig rig, in Spot spot)
    {
        var surface = new Surface
        {
            Normal = spot.Normal,
            Open = 1,
            Albedo = Paints.Of(paint),
            Mirror = 0.05f,
        };
        switch (part)
        {
            case Part.Wheel:
                Wheel(car, in spot, ref surface);
                return surface;
            case Part.Cabin:
                Cabin(car, in spot, ref surface);
                break;
            default:
                Body(car, rig, in spot, ref surface);
                break;
        }

        if (rig.Snow > 0)
        {
            surface.Albedo = Vec3.Mix(surface.Albedo, Paints.Snow, Curves.Step(0.75f, 0.95f, spot.LocalNormal.Y) * 0.7f);
        }

        return surface;
    }

    private static void Wheel(Car car, in Spot spot, ref Surface surface)
    {
        float axle = CarModel.Axle(car),
            y = spot.Local.Y - CarModel.WheelRadius,
            z = MathF.Abs(spot.Local.Z) - axle;
        float radius = MathF.Sqrt((y * y) + (z * z)) / CarModel.WheelRadius;
        bool hub = MathF.Abs(spot.LocalNormal.X) > 0.5f && radius < 0.6f;
        surface.Albedo = hub ? new Vec3(0.42f, 0.43f, 0.45f) * (radius < 0.18f ? 0.4f : 1) : Dark;
        surface.Mirror = hub ? 0.08f : 0;
        surface.Detail = hub ? 1 : 2;
    }

    private static void Cabin(Car car, in Spot spot, ref Surface surface)
    {
        var n = spot.LocalNormal;
        surface.Detail = 3;
        if (n.Y > 0.9f)
        {
            return; // roof
        }

        float shoulder = CarModel.Shoulder(car.Shape),
            rise = car.Height - shoulder,
            height = (spot.Local.Y - shoulder) / rise;
        float half = (car.Width * 0.5f) - 0.06f;
        bool glass;
        if (MathF.Abs(n.X) > 0.5f)
        {
            float z = spot.Local.Z;
            bool pillar = MathF.Abs(z + 0.1f) < 0.055f || (car.Shape != CarShape.Saloon && MathF.Abs(z + 1.15f) < 0.06f);
            bool blind = car.Shape == CarShape.Van && z < 0.5f; // a van has side windows at the front only
            float back =
                -(car.Length * 0.5f)
                + (car.Shape == CarShape.Saloon ? 1.05f : 0.35f)
                + (height * (car.Shape == CarShape.Saloon ? 0.5f : 0.25f));
            float frontEdge = (car.Length * 0.5f) - (car.Shape == CarShape.Van ? 0.85f : 1.5f) - (height * 0.65f);
            glass = height is > 0.08f and < 0.86f && z > back && z < frontEdge && !pillar && !blind;
        }
        else
        {
            glass =
                height is > 0.06f and < 0.9f
                && MathF.Abs(spot.Local.X) < half - 0.1f - (height * 0.16f)
                && !(car.Shape == CarShape.Van && n.Z < 0 && height < 0.35f);
        }

        if (glass)
        {
            surface.Albedo = new Vec3(0.015f, 0.02f, 0.026f);
            surface.Mirror = 0.16f;
            surface.Detail = 4;
        }
    }

    private static void Body(Car car, LightRig rig, in Spot spot, ref Surface surface)
    {
        var n = spot.LocalNormal;
        float y = spot.Local.Y,
            x = MathF.Abs(spot.Local.X),
            half = car.Width * 0.5f,
            lift = CarModel.Shoulder(car.Shape) - 0.88f;
        surface.Open = 0.6f + (0.4f * Curves.Clamp01((y - 0.2f) / 0.4f));
        surface.Detail = 5;
        if (y < 0.38f && n.Y < 0.5f)
        {
            surface.Albedo = Dark * 2; // sill and lower bumper
            surface.Detail = 6;
        }

        if (MathF.Abs(n.X) > 0.8f)
        {
            float axle = CarModel.Axle(car),
                wy = y - CarModel.WheelRadius,
                wz = MathF.Abs(spot.Local.Z) - axle,
                arch = CarModel.WheelRadius + 0.07f;
            if ((wy * wy) + (wz * wz) < arch * arch)
            {
                surface.Albedo = Dark;
                surface.Mirror = 0;
                surface.Detail = 7;
            }
            else if (spot.Pixel < 0.05f && MathF.Abs(spot.Local.Z + 0.1f) < 0.02f)
            {
                surface.Albedo *= 0.35f; // gap between the doors
                surface.Detail = 8;
            }
        }
        else if (n.Z > 0.45f)
        {
            Front(car, rig, x, y - lift, half, n, ref surface);
        }
        else if (n.Z < -0.45f)
        {
            Rear(car, rig, x, y - lift, half, n, ref surface);
        }
    }

    private static void Front(Car car, LightRig rig, float x, float y, float half, Vec3 n, ref Surface surface)
    {
        if (y is > 0.50f and < 0.665f && x > half - 0.52f)
        {
            surface.Albedo = new Vec3(0.75f, 0.76f, 0.78f);
            surface.Glow = car.Motion == CarMotion.Parked ? default : new Vec3(1.3f, 1.2f, 0.95f) * rig.Electric;
            surface.Detail = 9;
        }
        else if (MathF.Abs(n.X) < 0.3f && y is > 0.42f and < 0.62f && x < half - 0.56f)
        {
            surface.Albedo = Dark * 2; // grille
            surface.Detail = 10;
        }
        else if (y is > 0.29f and < 0.40f && x < 0.3f)
        {
            surface.Albedo = new Vec3(0.75f, 0.75f, 0.7f); // number plate
            surface.Detail = 11;
        }
    }

    private static void Rear(Car car, LightRig rig, float x, float y, float half, Vec3 n, ref Surface surface)
    {
        if (y is > 0.56f and < 0.79f && x > half - 0.42f)
        {
            surface.Albedo = new Vec3(0.42f, 0.015f, 0.012f);
            surface.Glow = car.Motion == CarMotion.Parked ? default : new Vec3(1.0f, 0.05f, 0.03f) * rig.Electric;
            surface.Detail = 12;
        }
        else if (MathF.Abs(n.X) < 0.3f && y is > 0.45f and < 0.57f && x < 0.32f)
        {
            surface.Albedo = new Vec3(0.75f, 0.75f, 0.7f);
            surface.Detail = 13;
        }
    }
}
