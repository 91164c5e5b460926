using System.Runtime.InteropServices;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Core.Tensors;

/// <summary>Pictures to tensors and back, with the numbers of diffusers' VaeImageProcessor: [-1, 1], and rounding half to even.</summary>
public static class PictureTensor
{
    private static readonly float[] Levels = [.. Enumerable.Range(0, 256).Select(level => 2f * (level / 255f) - 1f)];

    /// <summary>One picture as a batch of one.</summary>
    /// <returns>[1, 3, H, W], -1...1, float32 on the processor.</returns>
    public static Tensor ToTensor(Picture picture) => ToTensor([picture]);

    /// <summary>Pictures of one size as a batch.</summary>
    /// <returns>[B, 3, H, W], -1...1, float32 on the processor.</returns>
    /// <exception cref="ArgumentException">No pictures, or of different sizes.</exception>
    public static Tensor ToTensor(IReadOnlyList<Picture> pictures)
    {
        if (pictures.Count == 0)
            throw new ArgumentException("pictures must hold at least one picture but is empty.", nameof(pictures));
        var (width, height) = (pictures[0].Width, pictures[0].Height);
        var tensor = empty([pictures.Count, 3, height, width], ScalarType.Float32, CPU); // [B, 3, H, W]
        var values = MemoryMarshal.Cast<byte, float>(tensor.bytes);
        var plane = width * height;
        for (var index = 0; index < pictures.Count; index++)
        {
            var picture = pictures[index];
            if (picture.Width != width || picture.Height != height)
            {
                tensor.Dispose();
                throw new ArgumentException(
                    $"pictures must have one size, {width} x {height} like the first, but number {index} is {picture.Width} x "
                        + $"{picture.Height}.",
                    nameof(pictures)
                );
            }
            Split(picture.Rgb, values.Slice(index * 3 * plane, 3 * plane));
        }
        return tensor;
    }

    /// <summary>One picture from a tensor: v / 2 + 0.5, clamped to 0...1, times 255, rounded half to even.</summary>
    /// <param name="tensor">[3, H, W] or [1, 3, H, W], -1...1 (beyond is clamped), any float type and device; not disposed.</param>
    /// <exception cref="ArgumentException">Another shape.</exception>
    /// <exception cref="LumenException">It contains NaN or infinity; a silent black picture is never made.</exception>
    public static Picture ToPicture(Tensor tensor)
    {
        Shape.Require(tensor, "tensor", "[3, H, W] or [1, 3, H, W]", shape => shape is [3, > 0, > 0] or [1, 3, > 0, > 0]);
        return Pictures(tensor)[0];
    }

    /// <summary>The pictures of a batch; see <see cref="ToPicture"/>.</summary>
    /// <param name="batch">[B, 3, H, W], -1...1 (beyond is clamped), any float type and device; not disposed.</param>
    /// <exception cref="ArgumentException">Another shape.</exception>
    /// <exception cref="LumenException">It contains NaN or infinity.</exception>
    public static Picture[] ToPictures(Tensor batch)
    {
        Shape.Require(batch, "batch", "[B, 3, H, W]", shape => shape is [> 0, 3, > 0, > 0]);
        return Pictures(batch);
    }

    private static Picture[] Pictures(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var dense = tensor.detach().to(ScalarType.Float32, CPU).contiguous(); // [3, H, W] or [B, 3, H, W]
        var (height, width) = ((int)dense.shape[^2], (int)dense.shape[^1]);
        var values = MemoryMarshal.Cast<byte, float>(dense.bytes);
        var size = 3 * height * width;
        var pictures = new Picture[values.Length / size];
        for (var index = 0; index < pictures.Length; index++)
            pictures[index] = new Picture(width, height, Join(values.Slice(index * size, size), index));
        return pictures;
    }

    private static void Split(ReadOnlySpan<byte> rgb, Span<float> planes)
    {
        var plane = planes.Length / 3;
        var red = planes[..plane];
        var green = planes.Slice(plane, plane);
        var blue = planes[(2 * plane)..];
        var levels = Levels;
        for (int pixel = 0, at = 0; pixel < plane; pixel++, at += 3)
        {
            red[pixel] = levels[rgb[at]];
            green[pixel] = levels[rgb[at + 1]];
            blue[pixel] = levels[rgb[at + 2]];
        }
    }

    private static byte[] Join(ReadOnlySpan<float> planes, int index)
    {
        var plane = planes.Length / 3;
        var rgb = new byte[planes.Length];
        for (var channel = 0; channel < 3; channel++)
        {
            var values = planes.Slice(channel * plane, plane);
            for (int pixel = 0, at = channel; pixel < plane; pixel++, at += 3)
            {
                var value = values[pixel];
                if (!float.IsFinite(value))
                    throw NotFinite(planes, index);
                rgb[at] = (byte)MathF.Round(Math.Clamp(value * 0.5f + 0.5f, 0f, 1f) * 255f);
            }
        }
        return rgb;
    }

    private static LumenException NotFinite(ReadOnlySpan<float> values, int index)
    {
        var count = 0;
        foreach (var value in values)
            count += float.IsFinite(value) ? 0 : 1;
        return new LumenException(
            LumenErrorKind.Format,
            $"Picture {index} of the batch has {count} values of {values.Length} that are NaN or infinite, so it is not written. "
                + "The network overflowed: "
                + "use float32 instead of a 16-bit type, a smaller guidance scale, or other weights."
        );
    }
}
