using Lumen.Core.Tensors;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Conditions;

/// <summary>
/// A condition that a picture file can hold. Bytes are turned into numbers in one way, 0...255 to 0...1, so that an adapter sees the same
/// whether its condition comes from a cache, from a file or from the given picture; grey is repeated in three channels, as published
/// ControlNets expect.
/// </summary>
public abstract class RasterCondition : ICondition
{
    /// <inheritdoc/>
    public abstract ConditionKind Kind { get; }

    /// <inheritdoc/>
    public virtual int Channels => 3;

    /// <summary>The condition's name in words: <c>soft edge</c>.</summary>
    public string Name => Kind.Words;

    /// <summary>Bytes per pixel: 1 or 3.</summary>
    public virtual int Planes => 1;

    /// <summary>
    /// The colour that means "nothing here", over which transparent condition images are composited: black is no edge, no class, and far
    /// away.
    /// </summary>
    public virtual (byte Red, byte Green, byte Blue) Nothing => (0, 0, 0);

    /// <summary>The condition of one picture in bytes.</summary>
    /// <exception cref="LumenException">The condition needs something that is not known of this picture.</exception>
    public abstract ConditionRaster Read(AnnotatedPicture source);

    /// <inheritdoc/>
    public Tensor Map(AnnotatedPicture source)
    {
        using var scope = NewDisposeScope();
        var raster = Read(source);
        return Expand(Bytes(raster).unsqueeze(0)).squeeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The middle of a condition image in the proportions of a size, brought to that size, as <see cref="Resizing.Cover"/> brings pictures.
    /// </summary>
    /// <param name="image">As <see cref="ConditionRaster.ToPicture"/> makes it.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    public virtual Picture Fit(Picture image, int width, int height) =>
        image.Width == width && image.Height == height ? image : Resizing.Cover(image, width, height);

    /// <summary>Numbers from bytes.</summary>
    /// <param name="rasters">[B, planes, H, W], uint8.</param>
    /// <returns>[B, K, H, W], 0...1, float32.</returns>
    public virtual Tensor Expand(Tensor rasters)
    {
        Shape.Require(rasters, nameof(rasters), $"[B, {Planes}, H, W]", s => s.Length == 4 && s[1] == Planes);
        using var scope = NewDisposeScope();
        return (rasters.to_type(ScalarType.Float32) / 255f).expand(-1, Channels, -1, -1).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The condition as people, and ordinary ControlNets, look at it.</summary>
    public virtual Picture Draw(ConditionRaster raster) => raster.ToPicture();

    /// <summary>The bytes of a condition that a picture file holds (what <see cref="Draw"/> drew), brought to a size.</summary>
    /// <param name="path">A picture file.</param>
    /// <param name="size">Width and height; null: the file's own.</param>
    /// <exception cref="LumenException">The file cannot be read.</exception>
    public virtual ConditionRaster Load(string path, (int Width, int Height)? size = null)
    {
        var picture = PictureReader.Read(path, Nothing);
        if (size is { } wanted && wanted != (picture.Width, picture.Height))
            picture = Resizing.Cover(picture, wanted.Width, wanted.Height);
        return new ConditionRaster(picture.Width, picture.Height, Planes, Planar(picture, Planes));
    }

    /// <summary>A picture's bytes: all of them, or of grey pictures one a pixel.</summary>
    internal static byte[] Planar(Picture picture, int planes) =>
        planes == 3 ? picture.Rgb : [.. Enumerable.Range(0, picture.Width * picture.Height).Select(pixel => picture.Rgb[3 * pixel])];

    /// <summary>[planes, H, W], uint8.</summary>
    public static Tensor Bytes(ConditionRaster raster)
    {
        using var scope = NewDisposeScope();
        return tensor(raster.Values, [raster.Height, raster.Width, raster.Planes]).permute(2, 0, 1).contiguous().MoveToOuterDisposeScope();
    }
}

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
