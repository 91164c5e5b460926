using System.Runtime.InteropServices;
using Lumen.Scenes.Geometry;
using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>Solids sorted into cells of a plane across the light, so that a shadow ray asks only those that can be in its way.</summary>
internal sealed class ShadowGrid
{
    private const int Columns = 96,
        Rows = 48;
    private readonly Solids _solids;
    private readonly Vec3 _light;
    private readonly Vec3 _across;
    private readonly Vec3 _upwards;
    private readonly List<(short Primitive, float End)>?[] _cells = new List<(short, float)>?[Columns * Rows];
    private readonly float _left;
    private readonly float _bottom;
    private readonly float _perColumn;
    private readonly float _perRow;

    /// <param name="solids">What throws shadows.</param>
    /// <param name="light">Unit direction to the light; not vertical.</param>
    public ShadowGrid(Solids solids, Vec3 light)
    {
        (_solids, _light) = (solids, light);
        _across = new Vec3(light.Z, 0, -light.X).Unit;
        _upwards = new Vec3(light.Y * _across.Z, (light.Z * _across.X) - (light.X * _across.Z), -light.Y * _across.X);
        var bounds = new Bounds[solids.Primitives.Length];
        var all = Bounds.Empty;
        for (int i = 0; i < bounds.Length; i++)
        {
            bounds[i] = Project(in solids.Primitives[i]);
            all.Add(bounds[i]);
        }

        (_left, _bottom) = (all.Left, all.Bottom);
        _perColumn = Columns / (all.Right - all.Left + 1e-3f);
        _perRow = Rows / (all.Top - all.Bottom + 1e-3f);
        for (int i = 0; i < bounds.Length; i++)
        {
            var b = bounds[i];
            for (int row = Cell(b.Bottom - 0.01f, _bottom, _perRow, Rows); row <= Cell(b.Top + 0.01f, _bottom, _perRow, Rows); row++)
            {
                for (
                    int column = Cell(b.Left - 0.01f, _left, _perColumn, Columns);
                    column <= Cell(b.Right + 0.01f, _left, _perColumn, Columns);
                    column++
                )
                {
                    (_cells[(row * Columns) + column] ??= []).Add(((short)i, b.End));
                }
            }
        }
    }

    /// <summary>Whether anything stands between a point and the light.</summary>
    public bool IsShaded(Vec3 point)
    {
        float a = (Vec3.Dot(point, _across) - _left) * _perColumn,
            b = (Vec3.Dot(point, _upwards) - _bottom) * _perRow;
        if (!(a >= 0 && a < Columns && b >= 0 && b < Rows))
        {
            return false;
        }

        float along = Vec3.Dot(point, _light);
        foreach (var (primitive, end) in CollectionsMarshal.AsSpan(_cells[((int)b * Columns) + (int)a]))
        {
            if (along < end && _solids.Enter(in _solids.Primitives[primitive], point, _light, out _) > 0)
            {
                return true;
            }
        }

        return false;
    }

    private static int Cell(float at, float from, float scale, int count) => Math.Clamp((int)((at - from) * scale), 0, count - 1);

    private Bounds Project(ref readonly Primitive p)
    {
        var bounds = Bounds.Empty;
        for (int i = 0; i < 8; i++)
        {
            var local = new Vec3((i & 1) == 0 ? p.Low.X : p.High.X, (i & 2) == 0 ? p.Low.Y : p.High.Y, (i & 4) == 0 ? p.Low.Z : p.High.Z);
            var corner = p.Anchor + p.ToWorld(local);
            float a = Vec3.Dot(corner, _across),
                b = Vec3.Dot(corner, _upwards);
            bounds.Add(
                new Bounds
                {
                    Left = a,
                    Right = a,
                    Bottom = b,
                    Top = b,
                    End = Vec3.Dot(corner, _light),
                }
            );
        }

        return bounds;
    }

    private struct Bounds
    {
        public float Left;
        public float Right;
        public float Bottom;
        public float Top;

        /// <summary>Largest coordinate towards the light.</summary>
        public float End;

        public static Bounds Empty =>
            new()
            {
                Left = float.MaxValue,
                Right = float.MinValue,
                Bottom = float.MaxValue,
                Top = float.MinValue,
                End = float.MinValue,
            };

        public void Add(Bounds other)
        {
            (Left, Right) = (MathF.Min(Left, other.Left), MathF.Max(Right, other.Right));
            (Bottom, Top, End) = (MathF.Min(Bottom, other.Bottom), MathF.Max(Top, other.Top), MathF.Max(End, other.End));
        }
    }
}
