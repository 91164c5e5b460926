using Lumen.Scenes.Geometry;
using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>One picture: a ray through the middle of every pixel for the annotations, four more where neighbours differ for the colour.</summary>
internal sealed class Painter
{
    private const float Farthest = 600;   // metres; the ground ends there and the sky begins
    private readonly SceneLayout _layout;
    private readonly SceneAppearance _appearance;
    private readonly int _width;
    private readonly int _height;
    private readonly Viewpoint _view;
    private readonly Solids _solids;
    private readonly TileGrid _tiles;
    private readonly Shader _shader;
    private readonly Annotations _annotations;

    public Painter(SceneLayout layout, SceneAppearance appearance, int width, int height)
    {
        (_layout, _appearance, _width, _height) = (layout, appearance, width, height);
        _view = new Viewpoint(layout.Camera, width, height);
        _solids = SolidsBuilder.Build(layout);
        _tiles = new TileGrid(_solids, _view);
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
        for (int row = 0; row < _tiles.Rows; row++)
        {
            for (int column = 0; column < _tiles.Columns; column++)
            {
                var candidates = _tiles[column, row];
                int bottom = Math.Min(_height, (row + 1) * TileGrid.Side), right = Math.Min(_width, (column + 1) * TileGrid.Side);
                for (int y = row * TileGrid.Side; y < bottom; y++)
                {
                    for (int x = column * TileGrid.Side; x < right; x++)
                    {
                        int i = (y * _width) + x;
                        var ray = _view.Ray(x + 0.5f, y + 0.5f);
                        var hit = Cast(ray, candidates);
                        _annotations.Note(i, in hit, ray);
                        colours[i] = Compress(_shader.Shade(in hit, ray, out keys[i]));
                    }
                }
            }
        }
    }

    /// <summary>Replaces pixels at borders by the mean of four rays on a rotated grid.</summary>
    private void Smooth(Span<Vec3> colours, ReadOnlySpan<int> keys)
    {
        ReadOnlySpan<float> offsets = [0.375f, 0.125f, 0.875f, 0.375f, 0.125f, 0.625f, 0.625f, 0.875f];
        for (int y = 0; y < _height; y++)
        {
            for (int x = 0; x < _width; x++)
            {
                int i = (y * _width) + x, key = keys[i];
                bool border = (x > 0 && keys[i - 1] != key) || (x + 1 < _width && keys[i + 1] != key) || (y > 0 && keys[i - _width] != key) || (y + 1 < _height && keys[i + _width] != key);
                if (!border)
                {
                    continue;
                }

                var candidates = _tiles[x / TileGrid.Side, y / TileGrid.Side];
                var sum = new Vec3(0, 0, 0);
                for (int k = 0; k < offsets.Length; k += 2)
                {
                    var ray = _view.Ray(x + offsets[k], y + offsets[k + 1]);
                    var hit = Cast(ray, candidates);
                    sum += Compress(_shader.Shade(in hit, ray, out _));
                }

                colours[i] = sum * 0.25f;
            }
        }
    }

    private Hit Cast(Vec3 ray, ReadOnlySpan<short> candidates)
    {
        int best = -1, face = 0;
        float depth = float.MaxValue;
        if (ray.Y < 0)
        {
            depth = -_view.Position.Y / ray.Y;
        }

        if (depth > Farthest)
        {
            depth = float.MaxValue;
        }

        foreach (short i in candidates)
        {
            ref readonly var p = ref _solids.Primitives[i];
            if (p.NearDepth > depth)
            {
                break;                                                                   // nearest first: nothing after this one can be nearer
            }

            float t = _solids.Enter(in p, _view.Position, ray, out int f);
            if (t > 0 && t < depth)
            {
                (depth, best, face) = (t, i, f);
            }
        }

        if (best >= 0)
        {
            return new Hit { Kind = _solids.Things[_solids.Primitives[best].Thing].Class, Primitive = best, Face = face, Depth = depth };
        }

        if (depth == float.MaxValue)
        {
            return new Hit { Kind = SceneClass.Sky, Primitive = -1, Depth = StreetScene.SkyDepth };
        }

        var ground = _layout.Ground.ClassAt(_view.Position.X + (ray.X * depth), ray.Z * depth);
        return new Hit { Kind = ground, Primitive = -1, Depth = depth };
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
