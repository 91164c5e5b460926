using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Training.Data;

namespace Lumen.Tests.Data;

/// <summary>
/// A folder of small pictures in which every pixel says where it was: red is the column, green the row, blue the picture.
/// </summary>
internal sealed class PhotoFolder : IDisposable
{
    private readonly TempFolder _folder = new();

    public string Path => _folder.File("photos");

    public string Cache => _folder.File("cache");

    public FolderSelection Selection => new(Path) { Resolution = 16, ValidationFraction = 0.25 };

    /// <summary>A picture whose colours are places, in steps that survive resizing.</summary>
    public static Picture Places(int width, int height, byte blue = 0)
    {
        var picture = Picture.Filled(width, height, 0, 0, blue);
        for (var y = 0; y < height; y++)
        for (var x = 0; x < width; x++)
            (picture.Rgb[3 * (y * width + x)], picture.Rgb[3 * (y * width + x) + 1]) = ((byte)(4 * x), (byte)(4 * y));
        return picture;
    }

    public string Write(string name, Picture picture)
    {
        PngWriter.WriteRgb(File(name), picture);
        return File(name);
    }

    /// <summary>Some pictures a, b, c, ... of different sizes.</summary>
    public PhotoFolder Fill(int count = 8, string prefix = "")
    {
        for (var at = 0; at < count; at++)
            Write($"{prefix}{(char)('a' + at)}.png", Places(24 + 4 * (at % 5), 40 - 6 * (at % 3), (byte)(10 * at)));
        return this;
    }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => _folder.Dispose();
}
