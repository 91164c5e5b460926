using System.Runtime.Intrinsics;
using Lumen.Scenes.Geometry;
using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>
/// One picture: a ray through the middle of every pixel for the annotations, four more where neighbours differ for the colour.
/// </summary>
internal sealed class Painter
{
    private readonly SceneLayout _layout;
    private readonly SceneAppearance _appearance;
    private readonly int _width;
    private readonly int _height;
    private readonly Viewpoint _view;
    private readonly Solids _solids;
    private readonly ScreenTiles _tiles;
    private readonly EyeRays _rays;
    private readonly Shader _shader;
    private readonly Annotations _annotations;

    public Painter(SceneLayout layout, SceneAppearance appearance, int width, int height)
    {
        (_layout, _appearance, _width, _height) = (layout, appearance, width, height);
        _view = new Viewpoint(layout.Camera, width, height);
        _solids = SolidsBuilder.Build(layout);
        _tiles = new ScreenTiles(_solids, _view);
        _rays = new EyeRays(_solids, _view);
        _shader = new Shader(layout, appearance, LightRig.For(appearance), _solids, _view);
        _annotations = new Annotations(_solids, _view);
    }

    public StreetScene Paint()
    {
        var colours = new Vec3[_width * _height];
        var keys = new int[_width * _height];
        CastMiddles(colours, keys);
        Smooth(colours, keys);
        Glow.Add(colours, _shader, _solids, _view);
        Precipitation.Add(colours, _appearance, _shader.Rig, _width, _height);
        var objects = _annotations.Objects();
        return new StreetScene
        {
            Width = _width,
            Height = _height,
            Layout = _layout,
            Appearance = _appearance,
            Rgb = Develop(colours),
            Labels = _annotations.Labels,
            Instances = _annotations.Instances,
            Depth = _annotations.Depth,
            Normals = _annotations.Normals,
            Objects = objects,
            Caption = CaptionWriter.Write(_appearance, _layout, objects, _width * _height),
        };
    }

    private void CastMiddles(Span<Vec3> colours, Span<int> keys)
    {
        var columns = Vector256.CreateSequence(0.5f, 1);
        for (int row = 0; row < _tiles.Rows; row++)
        {
            for (int column = 0; column < _tiles.Columns; column++)
            {
                var candidates = _tiles[column, row];
                int left = column * ScreenTiles.Side,
                    bottom = Math.Min(_height, (row + 1) * ScreenTiles.Side),
                    right = Math.Min(_width, left + ScreenTiles.Side);
                for (int y = row * ScreenTiles.Side; y < bottom; y++)
                {
                    var rays = _rays.Cast(columns + Vector256.Create((float)left), Vector256.Create(y + 0.5f), candidates);
                    for (int x = left; x < right; x++)
                    {
                        int i = (y * _width) + x;
                        var ray = rays.Direction(x - left);
                        var hit = Meet(in rays, x - left, ray);
                        colours[i] = Compress(_shader.Shade(in hit, ray, out keys[i], out var normal));
                        _annotations.Note(i, in hit, normal);
                    }
                }
            }
        }
    }

    /// <summary>Replaces pixels at borders by the mean of four rays on a rotated grid.</summary>
    private void Smooth(Span<Vec3> colours, ReadOnlySpan<int> keys)
    {
        Span<(int X, int Y)> borders = stackalloc (int, int)[ScreenTiles.Side * ScreenTiles.Side];
        for (int row = 0; row < _tiles.Rows; row++)
        {
            for (int column = 0; column < _tiles.Columns; column++)
            {
                int count = Borders(keys, column * ScreenTiles.Side, row * ScreenTiles.Side, borders);
                for (int i = 0; i < count; i += 2)
                {
                    Smooth(colours, borders[i], borders[Math.Min(i + 1, count - 1)], _tiles[column, row]);
                }
            }
        }
    }

    /// <summary>Pixels of a tile with a neighbour of another key; how many there are.</summary>
    private int Borders(ReadOnlySpan<int> keys, int left, int top, Span<(int X, int Y)> borders)
    {
        int count = 0,
            bottom = Math.Min(_height, top + ScreenTiles.Side),
            right = Math.Min(_width, left + ScreenTiles.Side);
        for (int y = top; y < bottom; y++)
        {
            for (int x = left; x < right; x++)
            {
                int i = (y * _width) + x,
                    key = keys[i];
                if (
                    (x > 0 && keys[i - 1] != key)
                    || (x + 1 < _width && keys[i + 1] != key)
                    || (y > 0 && keys[i - _width] != key)
                    || (y + 1 < _height && keys[i + _width] != key)
                )
                {
                    borders[count++] = (x, y);
                }
            }
        }

        return count;
    }

    /// <summary>Two pixels, four rays each.</summary>
    private void Smooth(Span<Vec3> colours, (int X, int Y) first, (int X, int Y) second, ReadOnlySpan<short> candidates)
    {
        var x = Vector256.Create(0.375f, 0.875f, 0.125f, 0.625f, 0.375f, 0.875f, 0.125f, 0.625f);
        var y = Vector256.Create(0.125f, 0.375f, 0.625f, 0.875f, 0.125f, 0.375f, 0.625f, 0.875f);
        x += Vector256.Create(Vector128.Create((float)first.X), Vector128.Create((float)second.X));
        y += Vector256.Create(Vector128.Create((float)first.Y), Vector128.Create((float)second.Y));
        var rays = _rays.Cast(x, y, candidates);
        colours[(first.Y * _width) + first.X] = Mean(in rays, 0);
        if (second != first)
        {
            colours[(second.Y * _width) + second.X] = Mean(in rays, 4);
        }
    }

    private Vec3 Mean(in RayPacket rays, int firstLane)
    {
        var sum = new Vec3(0, 0, 0);
        for (int lane = firstLane; lane < firstLane + 4; lane++)
        {
            var ray = rays.Direction(lane);
            var hit = Meet(in rays, lane, ray);
            sum += Compress(_shader.Shade(in hit, ray, out _, out _));
        }

        return sum * 0.25f;
    }

    private Hit Meet(in RayPacket rays, int lane, Vec3 ray)
    {
        int primitive = rays.Primitive[lane];
        float depth = rays.Depth[lane];
        if (primitive >= 0)
        {
            return new Hit
            {
                Kind = _solids.Things[_solids.Primitives[primitive].Thing].Class,
                Primitive = primitive,
                Face = rays.Face[lane],
                Depth = depth,
            };
        }

        if (depth == float.MaxValue)
        {
            return new Hit
            {
                Kind = SceneClass.Sky,
                Primitive = -1,
                Depth = StreetScene.SkyDepth,
            };
        }

        var ground = _layout.Ground.ClassAt(_view.Position.X + (ray.X * depth), ray.Z * depth);
        return new Hit
        {
            Kind = ground,
            Primitive = -1,
            Depth = depth,
        };
    }

    /// <summary>Soft shoulder: identity up to 0.7, then towards 1.</summary>
    private static Vec3 Compress(Vec3 c) => new(Compress(c.X), Compress(c.Y), Compress(c.Z));

    private static float Compress(float x) => x < 0.7f ? x : 1 - (0.09f / (x - 0.4f));

    /// <summary>Linear light to bytes, gamma 2.</summary>
    private static byte[] Develop(ReadOnlySpan<Vec3> colours)
    {
        var rgb = new byte[colours.Length * 3];
        for (int i = 0; i < colours.Length; i++)
        {
            rgb[3 * i] = Byte(colours[i].X);
            rgb[(3 * i) + 1] = Byte(colours[i].Y);
            rgb[(3 * i) + 2] = Byte(colours[i].Z);
        }

        return rgb;
    }

    private static byte Byte(float linear) => (byte)((MathF.Sqrt(Curves.Clamp01(linear)) * 255) + 0.5f);
}
