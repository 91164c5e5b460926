using BitMiracle.LibTiff.Classic;

namespace Lumen.Imaging;

/// <summary>
/// Reads the first picture of a TIFF file (TIFF 6.0): 1 to 16 bits a sample, grey, palette, RGB, CMYK or YCbCr, in strips or tiles, in
/// every usual compression.
/// </summary>
internal static class TiffPicture
{
    private const int Alpha = 24;

    /// <summary>Whether bytes begin as a TIFF file does.</summary>
    public static bool Begins(ReadOnlySpan<byte> bytes) => bytes.StartsWith("II*\0"u8) || bytes.StartsWith("MM\0*"u8);

    /// <summary>The stored size and the orientation.</summary>
    /// <exception cref="LumenException">It is damaged.</exception>
    public static (int Width, int Height, int Orientation) Facts(Stream stream, string name) =>
        Guarded(
            name,
            () =>
            {
                using var tiff = Open(stream, name);
                return Facts(tiff, name);
            }
        );

    /// <summary>Reads it, upright; transparency is composited over a grey level.</summary>
    /// <exception cref="LumenException">It is damaged or cut short, or holds samples that are no colours.</exception>
    public static Picture Decode(byte[] bytes, string name, (byte Red, byte Green, byte Blue) backdrop) =>
        Guarded(
            name,
            () =>
            {
                using var tiff = Open(new MemoryStream(bytes), name);
                var (width, height, orientation) = Facts(tiff, name);
                if (!tiff.RGBAImageOK(out var reason))
                    throw new LumenException(
                        LumenErrorKind.File,
                        $"The TIFF file {name} cannot be read as a picture: {reason}. Save it as PNG."
                    );
                var raster = new int[width * height]; // red in the lowest byte, alpha in the highest, multiplied already
                if (
                    !tiff.ReadRGBAImageOriented(
                        width,
                        height,
                        raster,
                        (BitMiracle.LibTiff.Classic.Orientation)orientation,
                        stopOnError: true
                    )
                )
                    throw Damaged(name);
                var rgb = new byte[raster.Length * 3];
                for (int at = 0, to = 0; at < raster.Length; at++, to += 3)
                {
                    var clear = 255 - ((raster[at] >>> Alpha) & 255);
                    (rgb[to], rgb[to + 1], rgb[to + 2]) = (Over(0, backdrop.Red), Over(1, backdrop.Green), Over(2, backdrop.Blue));

                    byte Over(int channel, byte behind) =>
                        (byte)Math.Min(255, ((raster[at] >>> (8 * channel)) & 255) + clear * behind / 255);
                }
                return Orientation.Apply(new Picture(width, height, rgb), orientation);
            }
        );

    private static Tiff Open(Stream stream, string name)
    {
        Tiff.SetErrorHandler(new Silent()); // it prints otherwise
        return Tiff.ClientOpen(name, "r", stream, new TiffStream()) ?? throw Damaged(name);
    }

    private static (int Width, int Height, int Orientation) Facts(Tiff tiff, string name)
    {
        var (width, height) = (tiff.GetField(TiffTag.IMAGEWIDTH)?[0].ToInt() ?? 0, tiff.GetField(TiffTag.IMAGELENGTH)?[0].ToInt() ?? 0);
        PictureBytes.RequireSize(name, width, height);
        return (width, height, tiff.GetField(TiffTag.ORIENTATION)?[0].ToInt() is var orientation and >= 1 and <= 8 ? orientation.Value : 1);
    }

    private static T Guarded<T>(string name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault)
            when (fault
                    is IndexOutOfRangeException
                        or NullReferenceException
                        or ArgumentException
                        or InvalidOperationException
                        or ArithmeticException
                        or IOException
                        or NotImplementedException
                        or NotSupportedException
                        or InvalidCastException
                        or FormatException
                        or OutOfMemoryException
            )
        {
            throw Damaged(name, fault);
        }
    }

    private static LumenException Damaged(string name, Exception? inner = null) =>
        new(LumenErrorKind.Format, $"The TIFF file {name} is damaged or cut short. Copy or download it again, or save it as PNG.", inner);

    private sealed class Silent : TiffErrorHandler
    {
        public override void ErrorHandler(Tiff tif, string method, string format, params object[] args) { }

        public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args) { }

        public override void WarningHandler(Tiff tif, string method, string format, params object[] args) { }

        public override void WarningHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args) { }
    }
}
