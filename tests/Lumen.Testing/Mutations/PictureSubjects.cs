using Lumen.Imaging;
using SkiaSharp;

namespace Lumen.Testing.Mutations;

/// <summary>Pictures of every kind that is read, by every way of reading them.</summary>
internal static class PictureSubjects
{
    public static IEnumerable<MutationSubject> In(string folder)
    {
        Directory.CreateDirectory(folder);
        var picture = TinyModels.Scene(0, 24, 16);
        byte[] ids = [.. Enumerable.Range(0, 24 * 16).Select(index => (byte)(index % 4))];
        PngWriter.WriteRgb(At("rgb.png"), picture, new PngText("a street\nSteps: 20, Seed: 1", "{\"prompt\": \"a street\"}"));
        PngWriter.WriteGray8(At("ids.png"), 24, 16, ids);
        PngWriter.WritePalette8(At("palette.png"), 24, 16, ids, [(0, 0, 0), (128, 0, 0), (0, 128, 0), (1, 2, 3)]);
        PngWriter.WriteGray16(At("depth.png"), 24, 16, [.. Enumerable.Range(0, 24 * 16).Select(index => (ushort)(index * 100))]);
        using var bitmap = SKBitmap.Decode(At("rgb.png"));
        foreach (
            var (name, format) in new[]
            {
                ("skia.png", SKEncodedImageFormat.Png),
                ("photo.jpg", SKEncodedImageFormat.Jpeg),
                ("photo.webp", SKEncodedImageFormat.Webp),
            }
        )
        {
            using var encoded = bitmap.Encode(format, 80);
            File.WriteAllBytes(At(name), encoded.ToArray());
        }
        foreach (var name in (string[])["rgb.png", "ids.png", "palette.png", "depth.png", "skia.png"])
        {
            var path = At(name);
            yield return new MutationSubject($"png: {name}", path, () => Png(path)) { Megabytes = 64 };
        }
        foreach (var name in (string[])["photo.jpg", "photo.webp"])
        {
            var path = At(name);
            yield return new MutationSubject(
                $"picture: {name}",
                path,
                () => MutationSubjects.Each(() => PictureReader.Read(path), () => PictureReader.ReadSize(path))
            )
            {
                Megabytes = 64,
            };
        }

        string At(string name) => Path.Combine(folder, name);
    }

    private static void Png(string path)
    {
        try
        {
            PngReader.ReadGray16(path);
            PngReader.ReadIds(path);
        }
        catch (LumenException)
        {
            // Right for most of the files; what the others say counts.
        }
        MutationSubjects.Each(
            () => PictureReader.Read(path),
            () => PictureReader.ReadSize(path),
            () => PngReader.BitDepth(path),
            () => PngReader.ReadPalette(path),
            () => PngReader.ReadAllText(path)
        );
    }
}
