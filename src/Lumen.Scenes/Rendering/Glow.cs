using Lumen.Scenes.Geometry;
using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>Adds the glare around visible lamps, headlights and tail lights.</summary>
internal static class Glow
{
    public static void Add(Span<Vec3> pixels, Shader shader, Solids solids, Viewpoint view)
    {
        float thick = Curves.Clamp01(shader.Rig.Haze * 30); // 0 in clear air, 1 in fog
        foreach (ref readonly var light in shader.Lights.AsSpan())
        {
            var camera = view.ToCamera(light.Position);
            if (light.Glow <= 0 || camera.Z < 1)
            {
                continue;
            }

            var to = view.Position - light.Position;
            float distance = to.Length;
            var unit = to * (1 / distance);
            bool lamp = light.Beam.Y < -0.9f;
            float facing = lamp ? 1 : Curves.Step(0.05f, 0.5f, Vec3.Dot(unit, light.Beam));
            int blocker =
                facing > 0
                    ? solids.Nearest(light.Position + (unit * 0.3f), unit, out float t, out _) is var p && p >= 0 && t < distance
                        ? p
                        : -1
                    : -1;
            if (facing <= 0 || blocker >= 0)
            {
                continue;
            }

            float through = Curves.Decay(distance * shader.Rig.Haze * 0.6f);
            float strength = facing * through * shader.Rig.Electric * (0.42f + (0.25f * thick));
            float brightest = MathF.Max(light.Colour.X, MathF.Max(light.Colour.Y, light.Colour.Z));
            Disc(pixels, view, camera, light.Glow * (1 + (1.6f * thick)), light.Colour * (strength / brightest));
        }
    }

    private static void Disc(Span<Vec3> pixels, Viewpoint view, Vec3 camera, float radius, Vec3 colour)
    {
        (float cx, float cy) = view.Project(camera);
        float size = radius / (camera.Z * view.PixelSize),
            reach = size * 3;
        int left = Math.Max(0, (int)(cx - reach)),
            right = Math.Min(view.Width - 1, (int)(cx + reach));
        int top = Math.Max(0, (int)(cy - reach)),
            bottom = Math.Min(view.Height - 1, (int)(cy + reach));
        for (int y = top; y <= bottom; y++)
        {
            for (int x = left; x <= right; x++)
            {
                float dx = x + 0.5f - cx,
                    dy = y + 0.5f - cy,
                    fall = 1 - ((((dx * dx) + (dy * dy))) / (reach * reach));
                if (fall > 0)
                {
                    float square = ((dx * dx) + (dy * dy)) / (size * size);
                    pixels[(y * view.Width) + x] += colour * (fall * fall / (1 + (square * 2)));
                }
            }
        }
    }
}
