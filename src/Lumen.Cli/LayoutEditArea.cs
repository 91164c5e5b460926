using System.CommandLine;
using Lumen.Imaging;
using Lumen.Layouts;
using static TorchSharp.torch;

namespace Lumen.Cli;

/// <summary>The part of a layout that an edit acts on: a mask file or a rectangle.</summary>
internal sealed class LayoutEditArea
{
    private static readonly byte[] PngSignature = [0x89, (byte)'P', (byte)'N', (byte)'G'];
    private readonly Option<string?> _mask;
    private readonly Option<PixelRegion?> _region;

    public LayoutEditArea(Command command, string acts)
    {
        _mask = Flag.Text(
            "--mask",
            "FILE",
            $"PNG of any size, stretched over the layout: {acts} where it is white, in part where it is grey; transparent counts as black."
        );
        _region = Region($"Instead of a mask, a rectangle in pixels of the layout's picture: {acts} inside it.");
        command.Options.Add(_mask);
        command.Options.Add(_region);
    }

    public static Option<PixelRegion?> Region(string description) =>
        Flag.Pixels(
            "--region",
            "X,Y,WIDTH,HEIGHT",
            description,
            numbers => new PixelRegion(numbers[0], numbers[1], numbers[2], numbers[3])
        );

    /// <summary>The mask file, if one was given.</summary>
    public string? File(ParseResult parsed) => parsed.GetValue(_mask);

    /// <summary>The mask on the layout's cells, or null if no part was named.</summary>
    /// <exception cref="LumenException">The mask is no PNG, has colours, selects nothing, or both were given.</exception>
    public Tensor? Of(ParseResult parsed, NeuralLayout layout)
    {
        var (file, region) = (parsed.GetValue(_mask), parsed.GetValue(_region));
        if (file is not null && region is not null)
            throw new LumenException("Give either --mask FILE or --region X,Y,WIDTH,HEIGHT, not both.");
        if (region is { } rectangle)
            return LayoutMask.Of(rectangle, layout);
        if (file is null)
            return null;
        var picture = PictureReader.Read(file, backdrop: 0);
        if (!IsPng(file))
            throw new LumenException($"The mask {file} must be a PNG: other formats blur its edges. Save it as PNG.");
        var mask = LayoutMask.Of(picture, layout, file);
        if (mask.max().item<float>() > 0)
            return mask;
        throw new LumenException(
            $"The mask {file} is black everywhere (transparent counts as black), so it selects nothing. Paint what the edit acts on white."
        );
    }

    private static bool IsPng(string file)
    {
        using var stream = System.IO.File.OpenRead(file);
        var start = new byte[PngSignature.Length];
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
            && start.AsSpan().SequenceEqual(PngSignature);
    }
}
