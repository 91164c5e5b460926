namespace Lumen.Layouts;

/// <summary>A rectangle in the pixels of a layout's picture.</summary>
/// <param name="X">Left side, 0 at the left.</param>
/// <param name="Y">Upper side, 0 at the top.</param>
/// <param name="Width">At least 1.</param>
/// <param name="Height">At least 1.</param>
public readonly record struct PixelRegion(int X, int Y, int Width, int Height)
{
    /// <summary>Refuses a region that does not lie inside a layout's picture.</summary>
    /// <exception cref="LumenException">It is empty or reaches beyond the picture.</exception>
    public void Require(NeuralLayout layout)
    {
        if (X < 0 || Y < 0 || Width < 1 || Height < 1 || X > layout.ImageWidth - Width || Y > layout.ImageHeight - Height)
            throw new LumenException(
                LumenErrorKind.Option,
                $"The region {this} must have sides of at least 1 pixel and lie inside the layout's picture of {layout.ImageWidth} "
                    + $"x {layout.ImageHeight} pixels. A region is X,Y,WIDTH,HEIGHT."
            );
    }

    /// <summary>X,Y,WIDTH,HEIGHT.</summary>
    public override string ToString() => $"{X},{Y},{Width},{Height}";
}
