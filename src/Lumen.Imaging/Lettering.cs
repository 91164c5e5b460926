using SkiaSharp;

namespace Lumen.Imaging;

/// <summary>
/// Text on pictures, in DejaVu Sans Condensed. The font is part of the program, because a machine may have none at all (SkiaSharp without
/// fontconfig then draws nothing and says nothing), and so that sheets look the same everywhere. What the font lacks is drawn as a box.
/// </summary>
public static class Lettering
{
    private const string Resource = "Lumen.Imaging.Fonts.DejaVuSansCondensed.ttf";

    private static readonly Lazy<SKTypeface> Typeface = new(() =>
    {
        using var font = typeof(Lettering).Assembly.GetManifestResourceStream(Resource)!;
        return SKTypeface.FromStream(font);
    });

    /// <summary>From one line of text to the next, in pixels.</summary>
    /// <param name="size">The size of the letters in pixels (an em; capital letters are 0.73 of it high).</param>
    public static int LineHeight(double size) => (int)Math.Ceiling(size * 1.25);

    /// <summary>How wide a line of text is, in pixels.</summary>
    /// <param name="text">One line.</param>
    /// <param name="size">As in <see cref="LineHeight"/>.</param>
    public static int Measure(string text, double size)
    {
        using var font = Font(size);
        return (int)Math.Ceiling(font.MeasureText(text));
    }

    /// <summary>Draws one line; what falls outside the picture is cut.</summary>
    /// <param name="onto">The picture that is drawn into.</param>
    /// <param name="text">One line.</param>
    /// <param name="at">Left edge and upper edge of the line.</param>
    /// <param name="colour">Red, green, blue.</param>
    /// <param name="size">As in <see cref="LineHeight"/>.</param>
    public static void Draw(Picture onto, string text, (int Left, int Top) at, (byte Red, byte Green, byte Blue) colour, double size)
    {
        using var font = Font(size);
        var (width, height) = ((int)Math.Ceiling(font.MeasureText(text)) + 2, LineHeight(size));
        using var ink = new SKBitmap(new SKImageInfo(width, height, SKColorType.Alpha8));
        using (var canvas = new SKCanvas(ink))
        using (var paint = new SKPaint { IsAntialias = true, Color = SKColors.Black })
            canvas.DrawText(text, 1, (float)(height * 0.78), SKTextAlign.Left, font, paint);
        var cover = ink.GetPixelSpan();
        for (var y = Math.Max(0, -at.Top); y < Math.Min(height, onto.Height - at.Top); y++)
        {
            var row = onto.Row(at.Top + y);
            for (var x = Math.Max(0, 1 - at.Left); x < Math.Min(width, onto.Width - at.Left + 1); x++)
            {
                var pixel = row.Slice((at.Left + x - 1) * 3, 3);
                var share = cover[y * ink.RowBytes + x];
                (pixel[0], pixel[1], pixel[2]) = (
                    Mix(pixel[0], colour.Red, share),
                    Mix(pixel[1], colour.Green, share),
                    Mix(pixel[2], colour.Blue, share)
                );
            }
        }
    }

    /// <summary>
    /// Breaks text between words (inside a word only where it is too long) so that no line is wider than <paramref name="width"/> pixels.
    /// </summary>
    /// <param name="text">Any text.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="size">As in <see cref="LineHeight"/>.</param>
    /// <param name="lines">At most so many lines; the last one then ends with "...".</param>
    public static IReadOnlyList<string> Wrap(string text, int width, double size, int lines = int.MaxValue)
    {
        var wrapped = new List<string>();
        var line = "";
        foreach (var word in text.Split((char[])[' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (Measure(longer, size) <= width)
            {
                line = longer;
                continue;
            }
            if (line.Length > 0)
                wrapped.Add(line);
            line = word;
            while (line.Length > 1 && Measure(line, size) > width)
            {
                var part = Shortened(line, width, size);
                wrapped.Add(part);
                line = line[part.Length..];
            }
        }
        if (line.Length > 0)
            wrapped.Add(line);
        if (wrapped.Count <= lines)
            return wrapped;
        wrapped.RemoveRange(lines, wrapped.Count - lines);
        wrapped[^1] = Shortened(wrapped[^1], width - Measure("...", size) - 1, size) + "...";
        return wrapped;
    }

    // The longest beginning that fits, at least one letter; pairs of surrogates stay together.
    private static string Shortened(string text, int width, double size)
    {
        var count = text.Length;
        while (count > 1 && (Measure(text[..count], size) > width || char.IsHighSurrogate(text[count - 1])))
            count--;
        return text[..(count == 1 && char.IsHighSurrogate(text[0]) ? Math.Min(2, text.Length) : count)];
    }

    private static byte Mix(byte under, byte over, byte share) => (byte)((under * (255 - share) + over * share + 127) / 255);

    // Not fitted to whole pixels: the same shapes on every system.
    private static SKFont Font(double size) =>
        new(Typeface.Value, (float)size)
        {
            Edging = SKFontEdging.Antialias,
            Hinting = SKFontHinting.None,
            Subpixel = true,
        };
}
