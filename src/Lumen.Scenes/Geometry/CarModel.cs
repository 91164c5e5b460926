using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Geometry;

/// <summary>A car: a wedge-shaped body, a tapered cabin and four wheels. Its front is at local +Z.</summary>
internal static class CarModel
{
    /// <summary>Radius of a wheel in metres.</summary>
    public const float WheelRadius = 0.34f;

    /// <summary>Height of the upper edge of the body's side.</summary>
    public static float Shoulder(CarShape shape) =>
        shape switch
        {
            CarShape.OffRoader => 1.02f,
            CarShape.Van => 1.08f,
            _ => 0.88f,
        };

    /// <summary>Local Z of the wheels.</summary>
    public static float Axle(Car car) => (car.Length * 0.5f) - 0.82f;

    public static void Add(SolidsBuilder builder, Car car, int slot)
    {
        float w = car.Width / 2,
            l = car.Length / 2,
            shoulder = Shoulder(car.Shape),
            floor = 0.24f;

        // Where the cabin meets the body (rear, front), and how far its rear and front lean in over its height.
        (float rear, float front, float leanRear, float leanFront) = car.Shape switch
        {
            CarShape.Saloon => (-l + 0.75f, l - 1.25f, 0.6f, 0.75f),
            CarShape.Hatchback => (-l + 0.1f, l - 1.05f, 0.4f, 0.75f),
            CarShape.OffRoader => (-l + 0.08f, l - 1.3f, 0.22f, 0.6f),
            _ => (-l + 0.04f, l - 0.62f, 0.08f, 0.72f),
        };
        builder.Begin(SceneClass.Car, slot, car.X, car.Z, car.Yaw);
        float nose = shoulder - 0.2f;
        builder.Add(
            SolidShape.Convex,
            Part.Body,
            new Vec3(-w, floor, -l),
            new Vec3(w, shoulder, l),
            new Plane(new Vec3(0, -1, 0), -floor),
            new Plane(new Vec3(0, 1, 0), shoulder),
            Plane.Through(new Vec3(0, nose, l), new Vec3(0, l - front, shoulder - nose)), // bonnet falls to the nose
            Plane.Through(new Vec3(0, 0.55f, l), new Vec3(0, 0.12f, 1)),
            Plane.Through(new Vec3(0, 0.55f, l), new Vec3(0, -0.25f, 1)),
            Plane.Through(new Vec3(0, 0.6f, -l), new Vec3(0, 0.1f, -1)),
            Plane.Through(new Vec3(0, 0.6f, -l), new Vec3(0, -0.25f, -1)),
            Plane.Through(new Vec3(w, 0.6f, 0), new Vec3(1, 0.1f, 0)),
            Plane.Through(new Vec3(-w, 0.6f, 0), new Vec3(-1, 0.1f, 0)),
            Plane.Through(new Vec3(w, 0, l - 0.3f), new Vec3(1, 0, 0.6f)), // rounded corners
            Plane.Through(new Vec3(-w, 0, l - 0.3f), new Vec3(-1, 0, 0.6f)),
            Plane.Through(new Vec3(w, 0, -l + 0.2f), new Vec3(1, 0, -0.6f)),
            Plane.Through(new Vec3(-w, 0, -l + 0.2f), new Vec3(-1, 0, -0.6f))
        );
        float rise = car.Height - shoulder,
            inset = 0.06f,
            leanSide = car.Shape == CarShape.Van ? 0.1f : 0.2f;
        builder.Add(
            SolidShape.Convex,
            Part.Cabin,
            new Vec3(-w + inset, shoulder - 0.02f, rear),
            new Vec3(w - inset, car.Height, front),
            new Plane(new Vec3(0, -1, 0), -shoulder + 0.02f),
            new Plane(new Vec3(0, 1, 0), car.Height),
            Plane.Through(new Vec3(0, shoulder, front), new Vec3(0, leanFront, rise)),
            Plane.Through(new Vec3(0, shoulder, rear), new Vec3(0, leanRear, -rise)),
            Plane.Through(new Vec3(w - inset, shoulder, 0), new Vec3(rise, leanSide, 0)),
            Plane.Through(new Vec3(-w + inset, shoulder, 0), new Vec3(-rise, leanSide, 0))
        );
        float axle = Axle(car);
        for (int i = 0; i < 4; i++)
        {
            float side = i % 2 == 0 ? -1 : 1,
                z = i < 2 ? axle : -axle,
                outer = side * (w + 0.015f),
                inner = side * (w - 0.22f);
            builder.Add(
                SolidShape.Wheel,
                Part.Wheel,
                new Vec3(MathF.Min(outer, inner), 0, z - WheelRadius),
                new Vec3(MathF.Max(outer, inner), 2 * WheelRadius, z + WheelRadius)
            );
        }

        builder.End();
    }
}
