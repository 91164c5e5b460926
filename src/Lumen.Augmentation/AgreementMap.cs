using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Layouts;
using static TorchSharp.torch;

namespace Lumen.Augmentation;

/// <summary>How well a picture keeps a layout, cell by cell: the cosine between both layouts, -1...1.</summary>
/// <param name="Width">Cells in a row.</param>
/// <param name="Height">Rows of cells.</param>
/// <param name="Cells">[h, w] flattened.</param>
public sealed record AgreementMap(int Width, int Height, float[] Cells)
{
    /// <summary>Mean over the cells.</summary>
    public double Mean => Cells.Average();

    /// <summary>Compares two layouts of one size.</summary>
    /// <param name="own">The picture's own layout.</param>
    /// <param name="wanted">The layout it should have.</param>
    public static AgreementMap Of(NeuralLayout own, NeuralLayout wanted) => Of(own.Map, wanted.Map);

    /// <summary>The same of their maps, [N, h, w].</summary>
    internal static AgreementMap Of(Tensor own, Tensor wanted)
    {
        using var scope = NewDisposeScope();
        var cosine = nn.functional.cosine_similarity(own, wanted, 0).contiguous(); // [h, w]
        return new AgreementMap((int)cosine.shape[1], (int)cosine.shape[0], cosine.data<float>().ToArray());
    }

    /// <summary>The agreement of every pixel: cells are interpolated, and the part that padding covers is cut off.</summary>
    /// <param name="padded">Size of the picture that the cells cover.</param>
    /// <param name="working">Size of its part that is not padding.</param>
    /// <param name="size">Size of the result.</param>
    /// <returns>[H, W] flattened, -1...1.</returns>
    public float[] At((int Width, int Height) padded, (int Width, int Height) working, (int Width, int Height) size)
    {
        using var scope = NewDisposeScope();
        var cells = tensor(Cells, 1, 1, Height, Width);
        var pixels = Bilinear
            .Resize(cells, padded.Height, padded.Width)
            .narrow(2, 0, working.Height)
            .narrow(3, 0, working.Width)
            .contiguous();
        if (working != size)
            pixels = Bilinear.Resize(pixels, size.Height, size.Width);
        return pixels.data<float>().ToArray();
    }

    /// <summary>As 16-bit values: 0 for no agreement or less, 65535 for full agreement.</summary>
    internal static ushort[] Quantised(float[] pixels) =>
        [.. pixels.Select(value => (ushort)MathF.Round(Math.Clamp(value, 0f, 1f) * ushort.MaxValue))];

    /// <summary>As a grey picture.</summary>
    public static Picture Drawn(float[] pixels, int width, int height)
    {
        var rgb = new byte[pixels.Length * 3];
        for (var at = 0; at < rgb.Length; at++)
            rgb[at] = (byte)MathF.Round(Math.Clamp(pixels[at / 3], 0f, 1f) * 255f);
        return new Picture(width, height, rgb);
    }
}
