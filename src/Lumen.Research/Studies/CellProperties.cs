using Lumen.Scenes;
using static TorchSharp.torch;

namespace Lumen.Research.Studies;

/// <summary>
/// What is true of every cell of a layout's grid: class, depth, normal, border of things, place, colour, brightness, and of the whole
/// picture time, weather and palette.
/// </summary>
public static class CellProperties
{
    /// <summary>The properties and how many numbers each takes; classes and the like take one a value, 1 where it holds.</summary>
    public static IReadOnlyList<(string Name, int Count)> Groups { get; } =
    [
        ("class", SceneClasses.Count),
        ("depth", 1),
        ("normal", 3),
        ("border", 1),
        ("x", 1),
        ("y", 1),
        ("colour", 3),
        ("brightness", 1),
        ("time", Enum.GetValues<TimeOfDay>().Length),
        ("weather", Enum.GetValues<Weather>().Length),
        ("palette", Enum.GetValues<BuildingPalette>().Length),
    ];

    /// <summary>Numbers a cell.</summary>
    public static int Count { get; } = Groups.Sum(group => group.Count);

    /// <summary>Where a property's numbers begin.</summary>
    public static int Offset(string name) => Groups.TakeWhile(group => group.Name != name).Sum(group => group.Count);

    /// <summary>
    /// The properties of a scene. Depth is inverse (1/m, the sky 0.001), everything is the mean over the cell's pixels but the class, which
    /// is the most frequent one, and the border, which is 1 where pixels of two things meet.
    /// </summary>
    /// <param name="scene">The scene.</param>
    /// <param name="grid">Width and height of the grid.</param>
    /// <returns>[cells, <see cref="Count"/>], float64, row by row; the caller disposes it.</returns>
    public static Tensor Of(StreetScene scene, (int Width, int Height) grid)
    {
        var values = new double[grid.Width * grid.Height * Count];
        for (var cell = 0; cell < grid.Width * grid.Height; cell++)
            Write(scene, grid, cell, values.AsSpan(cell * Count, Count));
        return tensor(values, [grid.Width * grid.Height, Count]);
    }

    private static void Write(StreetScene scene, (int Width, int Height) grid, int cell, Span<double> values)
    {
        var (column, row) = (cell % grid.Width, cell / grid.Width);
        var (left, right) = (
            column * scene.Width / grid.Width,
            Math.Max(column * scene.Width / grid.Width + 1, (column + 1) * scene.Width / grid.Width)
        );
        var (top, bottom) = (
            row * scene.Height / grid.Height,
            Math.Max(row * scene.Height / grid.Height + 1, (row + 1) * scene.Height / grid.Height)
        );
        double pixels = (right - left) * (bottom - top);
        Span<int> classes = stackalloc int[SceneClasses.Count];
        var (normal, colour, depth) = (Offset("normal"), Offset("colour"), Offset("depth"));
        var first = scene.Instances[top * scene.Width + left];
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                var pixel = y * scene.Width + x;
                classes[scene.Labels[pixel]]++;
                values[depth] += 1 / scene.Depth[pixel] / pixels;
                for (var axis = 0; axis < 3; axis++)
                {
                    values[normal + axis] += scene.Normals[3 * pixel + axis] / pixels;
                    values[colour + axis] += scene.Rgb[3 * pixel + axis] / 255.0 / pixels;
                }
                if (scene.Instances[pixel] != first)
                    values[Offset("border")] = 1;
            }
        }
        values[classes.IndexOf(Largest(classes))] = 1;
        values[Offset("x")] = (column + 0.5) / grid.Width;
        values[Offset("y")] = (row + 0.5) / grid.Height;
        values[Offset("brightness")] = 0.2126 * values[colour] + 0.7152 * values[colour + 1] + 0.0722 * values[colour + 2];
        values[Offset("time") + (int)scene.Appearance.Time] = 1;
        values[Offset("weather") + (int)scene.Appearance.Weather] = 1;
        values[Offset("palette") + (int)scene.Appearance.Palette] = 1;
    }

    private static int Largest(ReadOnlySpan<int> counts)
    {
        var largest = 0;
        foreach (var count in counts)
            largest = Math.Max(largest, count);
        return largest;
    }
}
