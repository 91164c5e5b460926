using Lumen.Scenes.Rendering;

namespace Lumen.Scenes;

/// <summary>
/// Ray-casts a street. Pure and single-threaded: the same arguments give the same bytes; call it from as many threads as you like.
/// </summary>
public static class StreetRenderer
{
    /// <summary>Largest width or height.</summary>
    public const int LargestSide = 8192;

    /// <summary>Renders a layout in an appearance.</summary>
    /// <param name="layout">What stands where.</param>
    /// <param name="appearance">How it looks; changes colours and the caption only.</param>
    /// <param name="width">Columns, 1...8192.</param>
    /// <param name="height">Rows, 1...8192.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is out of range.</exception>
    public static StreetScene Render(SceneLayout layout, SceneAppearance appearance, int width = 128, int height = 128)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(appearance);
        Require.Size(width, height, LargestSide);
        return new Painter(layout, appearance, width, height).Paint();
    }
}
