using Lumen.Imaging;

namespace Lumen.Conditions;

/// <summary>A condition in bytes, as it is kept in caches and picture files.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Planes">1 for grey values and class ids, 3 for colours.</param>
/// <param name="Values">[H, W, planes] flattened.</param>
public sealed record ConditionRaster(int Width, int Height, int Planes, byte[] Values)
{
    /// <inheritdoc cref="ConditionRaster(int, int, int, byte[])"/>
    public byte[] Values { get; } =
        Values.Length == Width * Height * Planes
            ? Values
            : throw new ArgumentException(
                $"values must hold {Width} x {Height} x {Planes} bytes but hold {Values.Length}.",
                nameof(Values)
            );

    /// <summary>The bytes as a colour picture, grey repeated.</summary>
    public Picture ToPicture() => new(Width, Height, Planes == 3 ? Values : [.. Values.SelectMany(value => new[] { value, value, value })]);
}
