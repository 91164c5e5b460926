using Lumen.Scenes;
using Xunit;

namespace Lumen.Tests.Scenes;

public class AnnotationTests
{
    [Fact]
    public void The_depth_of_the_ground_is_where_the_ray_meets_the_plane()
    {
        for (int i = 0; i < 10; i++)
        {
            var scene = SceneSamples.Render(i, 80, 60);
            var camera = scene.Layout.Camera;
            for (int pixel = 0; pixel < scene.Labels.Length; pixel++)
            {
                if ((SceneClass)scene.Labels[pixel] is SceneClass.Road or SceneClass.Marking or SceneClass.Pavement or SceneClass.Grass)
                {
                    // A ray of depth 1 descends by sin(pitch) - v cos(pitch), v being its height in the picture; it meets the ground at
                    // height / descent.
                    double v = (30 - ((pixel / 80) + 0.5)) * 2 * Math.Tan(camera.VerticalFieldOfView / 2) / 60;
                    double depth = camera.Height / (Math.Sin(camera.Pitch) - (v * Math.Cos(camera.Pitch)));
                    Assert.Equal(depth, scene.Depth[pixel], depth * 2e-3);
                    Assert.Equal(0, scene.Instances[pixel]);
                }
            }
        }
    }

    [Fact]
    public void Normals_are_unit_and_face_the_camera()
    {
        for (int i = 0; i < 10; i++)
        {
            var scene = SceneSamples.Render(i, 80, 60);
            double size = 2 * Math.Tan(scene.Layout.Camera.VerticalFieldOfView / 2) / 60;
            for (int pixel = 0; pixel < scene.Labels.Length; pixel++)
            {
                double x = scene.Normals[3 * pixel],
                    y = scene.Normals[(3 * pixel) + 1],
                    z = scene.Normals[(3 * pixel) + 2];
                Assert.Equal(1, Math.Sqrt((x * x) + (y * y) + (z * z)), 1e-4);

                // The ray is (u, v, -1) in axes right, up, towards the viewer; a visible surface looks against it.
                double u = ((pixel % 80) + 0.5 - 40) * size,
                    v = (30 - ((pixel / 80) + 0.5)) * size;
                Assert.True((x * u) + (y * v) - z < 1e-3, $"Pixel {pixel} of scene {i} looks away.");
            }
        }
    }

    [Fact]
    public void Sky_has_the_stated_depth_and_everything_else_is_nearer()
    {
        var scene = SceneSamples.Render(1);
        for (int pixel = 0; pixel < scene.Labels.Length; pixel++)
        {
            bool sky = scene.Labels[pixel] == (byte)SceneClass.Sky;
            Assert.Equal(sky, scene.Depth[pixel] == StreetScene.SkyDepth);
            Assert.InRange(scene.Depth[pixel], 0.05f, StreetScene.SkyDepth);
        }
    }

    [Fact]
    public void Objects_tell_what_the_instance_map_shows()
    {
        for (int i = 0; i < 10; i++)
        {
            var scene = SceneSamples.Render(i);
            Assert.Equal(scene.Instances.Where(id => id != 0).Distinct().Order(), scene.Objects.Select(o => o.Instance));
            foreach (var o in scene.Objects)
            {
                var pixels = Enumerable.Range(0, scene.Instances.Length).Where(p => scene.Instances[p] == o.Instance).ToList();
                Assert.Equal(pixels.Count, o.VisiblePixels);
                Assert.All(pixels, p => Assert.Equal((byte)o.Class, scene.Labels[p]));
                Assert.Equal(
                    new PixelBox(
                        pixels.Min(p => p % 64),
                        pixels.Min(p => p / 64),
                        pixels.Max(p => p % 64) + 1,
                        pixels.Max(p => p / 64) + 1
                    ),
                    o.Box
                );
            }
        }
    }

    [Fact]
    public void The_box_in_space_projects_around_the_box_in_the_picture()
    {
        for (int i = 0; i < 20; i++)
        {
            var scene = SceneSamples.Render(i, 96, 96);
            foreach (var o in scene.Objects.Where(o => o.Class is SceneClass.Car or SceneClass.Person))
            {
                var corners = Corners(o).Select(c => Project(scene, c)).ToList();
                Assert.True(corners.Min(c => c.X) <= o.Box.Left + 1 && corners.Max(c => c.X) >= o.Box.Right - 1, $"Scene {i}: {o}");
                Assert.True(corners.Min(c => c.Y) <= o.Box.Top + 1 && corners.Max(c => c.Y) >= o.Box.Bottom - 1, $"Scene {i}: {o}");
            }
        }
    }

    [Fact]
    public void People_and_poles_cover_over_a_hundredth_of_the_picture_on_average_where_present()
    {
        var shares = new Dictionary<SceneClass, List<double>>
        {
            [SceneClass.Person] = [],
            [SceneClass.Pole] = [],
            [SceneClass.Car] = [],
        };
        for (int i = 0; i < 60; i++)
        {
            foreach (var o in SceneSamples.Render(i).Objects.Where(o => shares.ContainsKey(o.Class)))
            {
                shares[o.Class].Add(o.VisiblePixels / (64.0 * 64));
            }
        }

        Assert.All(shares, s => Assert.True(s.Value.Average() > 0.01, $"{s.Key}: {s.Value.Average():P2}"));
    }

    private static IEnumerable<(double X, double Y, double Z)> Corners(SceneObject o)
    {
        for (int k = 0; k < 8; k++)
        {
            double x = ((k & 1) - 0.5) * o.Size.X,
                y = (((k >> 1) & 1) - 0.5) * o.Size.Y,
                z = (((k >> 2) & 1) - 0.5) * o.Size.Z;
            yield return (
                o.Centre.X + (x * Math.Cos(o.Yaw)) + (z * Math.Sin(o.Yaw)),
                o.Centre.Y + y,
                o.Centre.Z + (z * Math.Cos(o.Yaw)) - (x * Math.Sin(o.Yaw))
            );
        }
    }

    private static (double X, double Y) Project(StreetScene scene, (double X, double Y, double Z) point)
    {
        var c = scene.Layout.Camera;
        double dx = point.X - c.X,
            dy = point.Y - c.Height,
            ahead = (dx * Math.Sin(c.Yaw)) + (point.Z * Math.Cos(c.Yaw));
        double right = (dx * Math.Cos(c.Yaw)) - (point.Z * Math.Sin(c.Yaw));
        double depth = Math.Max(0.05, (ahead * Math.Cos(c.Pitch)) - (dy * Math.Sin(c.Pitch))),
            up = (ahead * Math.Sin(c.Pitch)) + (dy * Math.Cos(c.Pitch));
        double focal = scene.Height / (2 * Math.Tan(c.VerticalFieldOfView / 2));
        return ((scene.Width / 2.0) + (right / depth * focal), (scene.Height / 2.0) - (up / depth * focal));
    }
}
