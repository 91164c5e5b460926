using Lumen.Scenes.Geometry;
using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>For each square of pixels the primitives whose projected box touches it, the nearest first.</summary>
internal sealed class ScreenTiles
{
    /// <summary>Side of a tile in pixels.</summary>
    public const int Side = 8;

    private const float NearPlane = 0.05f;
    private readonly List<short>[] _tiles;

    public ScreenTiles(Solids solids, Viewpoint view)
    {
        Columns = (view.Width + Side - 1) / Side;
        Rows = (view.Height + Side - 1) / Side;
        _tiles = new List<short>[Columns * Rows];
        var bounds = new (int Left, int Top, int Right, int Bottom)[solids.Primitives.Length];
        var order = new List<short>();
        for (int i = 0; i < bounds.Length; i++)
        {
            if (Bound(ref solids.Primitives[i], view, out bounds[i]))
            {
                order.Add((short)i);
            }
        }

        order.Sort(
            (a, b) => solids.Primitives[a].NearDepth.CompareTo(solids.Primitives[b].NearDepth) is var c && c != 0 ? c : a.CompareTo(b)
        );
        foreach (short i in order)
        {
            (int left, int top, int right, int bottom) = bounds[i];
            for (int row = top / Side; row <= bottom / Side; row++)
            {
                for (int column = left / Side; column <= right / Side; column++)
                {
                    (_tiles[(row * Columns) + column] ??= []).Add(i);
                }
            }
        }
    }

    public int Columns { get; }

    public int Rows { get; }

    /// <summary>Indices of primitives that may be seen in a tile.</summary>
    public ReadOnlySpan<short> this[int column, int row] =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tiles[(row * Columns) + column]);

    /// <summary>Projects the corners of the box, cut at the near plane. False when nothing of it is in the picture.</summary>
    private static bool Bound(ref Primitive p, Viewpoint view, out (int Left, int Top, int Right, int Bottom) bounds)
    {
        Span<Vec3> corners = stackalloc Vec3[8];
        float nearest = float.MaxValue;
        for (int i = 0; i < 8; i++)
        {
            var local = new Vec3((i & 1) == 0 ? p.Low.X : p.High.X, (i & 2) == 0 ? p.Low.Y : p.High.Y, (i & 4) == 0 ? p.Low.Z : p.High.Z);
            corners[i] = view.ToCamera(p.Anchor + p.ToWorld(local));
            nearest = MathF.Min(nearest, corners[i].Z);
        }

        p.NearDepth = nearest;
        float left = float.MaxValue,
            top = float.MaxValue,
            right = float.MinValue,
            bottom = float.MinValue;
        for (int i = 0; i < 8; i++)
        {
            if (corners[i].Z >= NearPlane)
            {
                Extend(corners[i]);
            }

            for (int bit = 1; bit < 8; bit <<= 1)
            {
                int j = i ^ bit;
                if (corners[i].Z < NearPlane && corners[j].Z > NearPlane)
                {
                    Extend(Vec3.Mix(corners[i], corners[j], (NearPlane - corners[i].Z) / (corners[j].Z - corners[i].Z)));
                }
            }
        }

        bounds = default;
        if (left > right || right < -1 || bottom < -1 || left > view.Width + 1 || top > view.Height + 1)
        {
            return false;
        }

        bounds = (Pixel(left - 1, view.Width), Pixel(top - 1, view.Height), Pixel(right + 1, view.Width), Pixel(bottom + 1, view.Height));
        return true;

        void Extend(Vec3 corner)
        {
            (float x, float y) = view.Project(corner);
            (left, right) = (MathF.Min(left, x), MathF.Max(right, x));
            (top, bottom) = (MathF.Min(top, y), MathF.Max(bottom, y));
        }
    }

    private static int Pixel(float at, int size) =>
        at < 0 ? 0
        : at >= size ? size - 1
        : (int)at;
}
