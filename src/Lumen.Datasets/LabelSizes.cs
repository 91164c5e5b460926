namespace Lumen.Datasets;

/// <summary>The one rule for sizes: a label has that of its picture as it is seen upright.</summary>
public static class LabelSizes
{
    private const int FirstTurned = 5; // EXIF orientations from here on swap width and height

    /// <summary>What is wrong with a label's size, as a sentence; null where nothing is.</summary>
    /// <param name="item">The item.</param>
    /// <param name="picture">Upright size of the picture and its EXIF orientation.</param>
    /// <param name="label">Name of the label.</param>
    /// <param name="size">Its size; null where it does not say.</param>
    public static string? Fault(
        DatasetItem item,
        (int Width, int Height, int Orientation) picture,
        string label,
        (int Width, int Height)? size
    )
    {
        if (size is not { } own || own == (picture.Width, picture.Height))
            return null;
        var turned =
            picture.Orientation >= FirstTurned && own == (picture.Height, picture.Width)
                ? $" EXIF turns the picture ({Turn(picture.Orientation)}), and the label fits it as it is stored."
                : "";
        return $"{item.Picture} is {picture.Width} x {picture.Height} but {label} is {own.Width} x {own.Height}.{turned}";
    }

    /// <summary>An EXIF orientation in words.</summary>
    public static string Turn(int orientation) =>
        orientation switch
        {
            2 => "mirrored left to right",
            3 => "turned by 180 degrees",
            4 => "mirrored top to bottom",
            5 => "mirrored along the diagonal",
            6 => "turned right by 90 degrees",
            7 => "mirrored along the other diagonal",
            8 => "turned left by 90 degrees",
            _ => "upright",
        };
}
