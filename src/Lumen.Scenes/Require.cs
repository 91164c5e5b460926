namespace Lumen.Scenes;

/// <summary>Checks at public entrances.</summary>
internal static class Require
{
    public static void Defined<T>(T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw new ArgumentOutOfRangeException(
                nameof(value),
                $"{value} is not a {typeof(T).Name}; choose one of {string.Join(", ", Enum.GetNames<T>())}."
            );
        }
    }

    public static void Size(int width, int height, int largest)
    {
        if (width < 1 || height < 1 || width > largest || height > largest)
        {
            throw new ArgumentOutOfRangeException(
                nameof(width),
                $"A picture must be between 1 and {largest} pixels wide and high but {width} x {height} was asked for."
            );
        }
    }
}
