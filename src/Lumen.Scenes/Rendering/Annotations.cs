using Lumen.Scenes.Geometry;
using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>Collects labels, instances, depth and normals pixel by pixel, and the objects from them.</summary>
internal sealed class Annotations(Solids solids, Viewpoint view)
{
    public byte[] Labels { get; } = new byte[view.Width * view.Height];

    public ushort[] Instances { get; } = new ushort[view.Width * view.Height];

    public float[] Depth { get; } = new float[view.Width * view.Height];

    public float[] Normals { get; } = new float[view.Width * view.Height * 3];

    public void Note(int pixel, in Hit hit, Vec3 normal)
    {
        Labels[pixel] = (byte)hit.Kind;
        Depth[pixel] = hit.Depth;
        if (hit.Kind == SceneClass.Sky)
        {
            Normals[(3 * pixel) + 2] = 1;
            return;
        }

        if (hit.Primitive >= 0)
        {
            Instances[pixel] = (ushort)(solids.Primitives[hit.Primitive].Thing + 1);
        }

        Normals[3 * pixel] = Vec3.Dot(normal, view.Right);
        Normals[(3 * pixel) + 1] = Vec3.Dot(normal, view.Up);
        Normals[(3 * pixel) + 2] = -Vec3.Dot(normal, view.Forward);
    }

    public List<SceneObject> Objects()
    {
        var boxes = new (int Left, int Top, int Right, int Bottom, int Pixels)[solids.Things.Length];
        Array.Fill(boxes, (int.MaxValue, int.MaxValue, 0, 0, 0));
        for (int i = 0; i < Instances.Length; i++)
        {
            if (Instances[i] == 0)
            {
                continue;
            }

            int x = i % view.Width,
                y = i / view.Width;
            ref var b = ref boxes[Instances[i] - 1];
            b = (Math.Min(b.Left, x), Math.Min(b.Top, y), Math.Max(b.Right, x + 1), Math.Max(b.Bottom, y + 1), b.Pixels + 1);
        }

        var objects = new List<SceneObject>();
        for (int i = 0; i < boxes.Length; i++)
        {
            (int left, int top, int right, int bottom, int pixels) = boxes[i];
            if (pixels == 0)
            {
                continue;
            }

            ref readonly var thing = ref solids.Things[i];
            objects.Add(
                new SceneObject
                {
                    Class = thing.Class,
                    Instance = (ushort)(i + 1),
                    Slot = thing.Slot,
                    Box = new PixelBox(left, top, right, bottom),
                    Centre = (thing.Centre.X, thing.Centre.Y, thing.Centre.Z),
                    Size = (thing.Size.X, thing.Size.Y, thing.Size.Z),
                    Yaw = thing.Yaw,
                    VisiblePixels = pixels,
                }
            );
        }

        return objects;
    }
}
