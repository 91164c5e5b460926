using System.Runtime.Intrinsics;
using Lumen.Scenes;
using Lumen.Scenes.Geometry;
using Lumen.Scenes.Numerics;
using Lumen.Scenes.Rendering;
using Xunit;

namespace Lumen.Tests.Scenes;

public class EyeRaysTests
{
    [Fact]
    public void Eight_rays_at_once_meet_what_single_rays_meet_bit_for_bit()
    {
        var shapes = new HashSet<SolidShape>();
        for (int scene = 0; scene < 12; scene++)
        {
            var layout = SceneSamples.Draw(scene).Layout;
            var view = new Viewpoint(layout.Camera, 96, 96);
            var solids = SolidsBuilder.Build(layout);
            var tiles = new ScreenTiles(solids, view);
            var rays = new EyeRays(solids, view);
            for (int y = 0; y < view.Height; y += 3)
            {
                for (int left = 0; left < view.Width; left += ScreenTiles.Side)
                {
                    var candidates = tiles[left / ScreenTiles.Side, y / ScreenTiles.Side];
                    var packet = rays.Cast(Vector256.CreateSequence(left + 0.5f, 1), Vector256.Create(y + 0.5f), candidates);
                    for (int lane = 0; lane < ScreenTiles.Side; lane++)
                    {
                        var ray = view.Ray(left + lane + 0.5f, y + 0.5f);
                        var expected = Single(solids, view, ray, candidates);
                        Assert.Equal((ray.X, ray.Y, ray.Z), (packet.X[lane], packet.Y[lane], packet.Z[lane]));
                        Assert.Equal(expected, (packet.Primitive[lane], packet.Face[lane], packet.Depth[lane]));
                        if (expected.Primitive >= 0)
                        {
                            shapes.Add(solids.Primitives[expected.Primitive].Shape);
                        }
                    }
                }
            }
        }

        Assert.Equal(Enum.GetValues<SolidShape>(), shapes.Order());
    }

    private static (int Primitive, int Face, float Depth) Single(Solids solids, Viewpoint view, Vec3 ray, ReadOnlySpan<short> candidates)
    {
        float ground = -view.Position.Y / ray.Y;
        (int Primitive, int Face, float Depth) best = (-1, 0, ray.Y < 0 && ground <= 600 ? ground : float.MaxValue);
        foreach (short i in candidates)
        {
            ref readonly var p = ref solids.Primitives[i];
            float t = solids.Enter(in p, view.Position, ray, out int face);
            if (p.NearDepth <= best.Depth && t > 0 && t < best.Depth)
            {
                best = (i, face, t);
            }
        }

        return best;
    }
}
