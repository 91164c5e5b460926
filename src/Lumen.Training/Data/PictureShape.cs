namespace Lumen.Training.Data;

/// <summary>Width and height in pixels.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public readonly record struct PictureShape(int Width, int Height)
{
    /// <summary>Pixels.</summary>
    public int Area => Width * Height;

    public override string ToString() => $"{Width}x{Height}";
}
