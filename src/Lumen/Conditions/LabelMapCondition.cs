using Lumen.Core.Tensors;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Conditions;

/// <summary>Semantic label map, one-hot: channel k is 1 where the class is k. Pixels to ignore are 0 in every channel.</summary>
public sealed class LabelMapCondition : RasterCondition
{
    /// <summary>A condition of some classes.</summary>
    /// <param name="classes">Number of classes, 1 to 255; ids are 0...classes - 1.</param>
    /// <param name="ignore">Label of pixels without a class.</param>
    /// <exception cref="LumenException">The number of classes is out of range, or the ignored label is a class.</exception>
    public LabelMapCondition(int classes, int ignore = 255)
    {
        if (classes is < 1 or > 255)
            throw new LumenException(
                LumenErrorKind.Option,
                $"A label map can have 1 to 255 classes, one channel each, but {classes} were asked for."
            );
        if (ignore >= 0 && ignore < classes)
            throw new LumenException(
                LumenErrorKind.Option,
                $"The ignored label {ignore} is one of the classes 0...{classes - 1}. Choose another, such as 255."
            );
        (Channels, Ignore) = (classes, ignore);
    }

    /// <inheritdoc/>
    public override ConditionKind Kind => ConditionKind.LabelMap;

    /// <inheritdoc/>
    public override int Channels { get; }

    /// <summary>Label of pixels without a class.</summary>
    public int Ignore { get; }

    /// <inheritdoc/>
    public override ConditionRaster Read(AnnotatedPicture source)
    {
        var labels =
            source.Labels
            ?? throw new LumenException(
                LumenErrorKind.Option,
                "A label map needs the picture's labels, and there are none. Give `Labels` a PNG of class ids."
            );
        Require(labels, "The labels");
        return new ConditionRaster(source.Picture.Width, source.Picture.Height, 1, labels);
    }

    /// <inheritdoc/>
    public override Tensor Expand(Tensor rasters)
    {
        Shape.Require(rasters, nameof(rasters), "[B, 1, H, W]", s => s is [_, 1, _, _]);
        using var scope = NewDisposeScope();
        return rasters
            .eq(arange(Channels, ScalarType.Byte, rasters.device).reshape(1, Channels, 1, 1))
            .to_type(ScalarType.Float32)
            .MoveToOuterDisposeScope(); // [B, K, H, W]
    }

    /// <summary>Every class in a colour of its own (the colour map of Pascal VOC); ignored pixels are white.</summary>
    public override Picture Draw(ConditionRaster raster) =>
        new(raster.Width, raster.Height, [.. raster.Values.SelectMany(id => id == Ignore ? [255, 255, 255] : Colour(id))]);

    /// <summary>Reads a PNG of class ids; resized without mixing ids.</summary>
    /// <inheritdoc/>
    public override ConditionRaster Load(string path, (int Width, int Height)? size = null)
    {
        var (width, height, ids) = PngReader.ReadIds(path);
        var labels = Array.ConvertAll(
            ids,
            id =>
                id <= byte.MaxValue
                    ? (byte)id
                    : throw new LumenException(LumenErrorKind.Option, $"{path} holds the label {id}; class ids go up to 255.")
        );
        Require(labels, path);
        var raster = new ConditionRaster(width, height, 1, labels);
        return size is { } wanted
            ? new ConditionRaster(wanted.Width, wanted.Height, 1, Planar(Fit(raster.ToPicture(), wanted.Width, wanted.Height), 1))
            : raster;
    }

    /// <summary>The same without mixing ids.</summary>
    /// <inheritdoc/>
    public override Picture Fit(Picture image, int width, int height)
    {
        if (image.Width == width && image.Height == height)
            return image;
        var scale = Math.Min(image.Width / (double)width, image.Height / (double)height);
        var (cutWidth, cutHeight) = (
            Math.Clamp((int)Math.Round(width * scale), 1, image.Width),
            Math.Clamp((int)Math.Round(height * scale), 1, image.Height)
        );
        var middle = Resizing.Crop(image, (image.Width - cutWidth) / 2, (image.Height - cutHeight) / 2, cutWidth, cutHeight);
        var ids = Resizing.ResizeIds(Planar(middle, 1), cutWidth, cutHeight, width, height);
        return new ConditionRaster(width, height, 1, ids).ToPicture();
    }

    /// <summary>The colour map of Pascal VOC: the bits of the id, spread over the high bits of red, green and blue.</summary>
    private static byte[] Colour(int id)
    {
        var colour = new byte[3];
        for (var bit = 7; id > 0; bit--, id >>= 3)
        {
            for (var channel = 0; channel < 3; channel++)
                colour[channel] |= (byte)(((id >> channel) & 1) << bit);
        }
        return colour;
    }

    private void Require(byte[] labels, string what)
    {
        var unknown = Array.FindIndex(labels, label => label >= Channels && label != Ignore);
        if (unknown >= 0)
            throw new LumenException(
                LumenErrorKind.Option,
                $"{what} hold{(what.EndsWith('s') ? "" : "s")} the label {labels[unknown]}, but the classes are 0...{Channels - 1} "
                    + $"and {Ignore} for pixels to ignore."
            );
    }
}
