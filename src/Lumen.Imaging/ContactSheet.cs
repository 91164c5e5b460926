namespace Lumen.Imaging;

/// <summary>Pictures side by side on one sheet, with captions above the columns and left of the rows.</summary>
public static class ContactSheet
{
    // A row caption is wrapped at about this many letters.
    private const string WidestRowCaption = "abcdefghijklmnop";
    private const int CaptionGap = 3; // below a column's

    /// <summary>
    /// Composes a sheet. Pictures keep their size; each column is as wide as its widest picture, each row as high as its highest, pictures
    /// centred.
    /// </summary>
    /// <param name="rows">The pictures, row by row; rows may have different lengths.</param>
    /// <param name="columnCaptions">A text for each column, or null. Long texts are wrapped.</param>
    /// <param name="rowCaptions">A text for each row, or null.</param>
    /// <exception cref="ArgumentException">No picture, or more captions than columns or rows.</exception>
    public static Picture Compose(
        IReadOnlyList<IReadOnlyList<Picture>> rows,
        IReadOnlyList<string>? columnCaptions = null,
        IReadOnlyList<string>? rowCaptions = null,
        ContactSheetOptions? options = null
    )
    {
        options ??= new ContactSheetOptions();
        var columns = rows.Count == 0 ? 0 : rows.Max(row => row.Count);
        if (columns == 0)
            throw new ArgumentException("rows must hold at least one picture but is empty.", nameof(rows));
        if (columnCaptions?.Count > columns || rowCaptions?.Count > rows.Count)
            throw new ArgumentException(
                $"There must be at most {columns} column captions and {rows.Count} row captions but there are "
                    + $"{columnCaptions?.Count ?? 0} and {rowCaptions?.Count ?? 0}."
            );

        var widths = Enumerable
            .Range(0, columns)
            .Select(column => rows.Where(row => column < row.Count).Max(row => row[column].Width))
            .ToArray();
        var heights = rows.Select(row => row.Select(picture => picture.Height).DefaultIfEmpty(0).Max()).ToArray();
        var size =
            options.CaptionSize > 0 ? options.CaptionSize
            : widths.Min() >= 200 ? 16
            : widths.Min() >= 100 ? 14
            : 11;
        var titles = (columnCaptions ?? [])
            .Select((text, column) => Lettering.Wrap(text, widths[column], size, options.CaptionLines))
            .ToArray();
        var names = (rowCaptions ?? [])
            .Select(text => Lettering.Wrap(text, Lettering.Measure(WidestRowCaption, size), size, options.CaptionLines))
            .ToArray();

        var line = Lettering.LineHeight(size);
        var titleHeight = titles.Select(title => title.Count).DefaultIfEmpty(0).Max() * line + (titles.Length > 0 ? CaptionGap : 0);
        var nameWidth = names.SelectMany(name => name).Select(text => Lettering.Measure(text, size)).DefaultIfEmpty(0).Max();
        for (var row = 0; row < names.Length; row++)
            heights[row] = Math.Max(heights[row], names[row].Count * line);

        var left = options.Gap + (nameWidth > 0 ? nameWidth + options.Gap : 0);
        var top = options.Gap + titleHeight;
        var (red, green, blue) = options.Background;
        var sheet = Picture.Filled(
            left + widths.Sum() + options.Gap * columns,
            top + heights.Sum() + options.Gap * rows.Count,
            red,
            green,
            blue
        );
        for (int column = 0, x = left; column < columns; x += widths[column] + options.Gap, column++)
        {
            if (column < titles.Length)
                Write(sheet, titles[column], (x, top - CaptionGap - titles[column].Count * line), size, options, width: widths[column]);
        }
        for (int row = 0, y = top; row < rows.Count; y += heights[row] + options.Gap, row++)
        {
            if (row < names.Length)
                Write(sheet, names[row], (options.Gap, y + (heights[row] - names[row].Count * line) / 2), size, options, width: 0);
            for (int column = 0, x = left; column < rows[row].Count; x += widths[column] + options.Gap, column++)
            {
                var picture = rows[row][column];
                Paste(sheet, picture, x + (widths[column] - picture.Width) / 2, y + (heights[row] - picture.Height) / 2);
            }
        }
        return sheet;
    }

    // With a width, each line is centred in it.
    private static void Write(
        Picture sheet,
        IReadOnlyList<string> lines,
        (int Left, int Top) at,
        double size,
        ContactSheetOptions options,
        int width
    )
    {
        for (var index = 0; index < lines.Count; index++)
        {
            var indent = width == 0 ? 0 : Math.Max(0, (width - Lettering.Measure(lines[index], size)) / 2);
            Lettering.Draw(sheet, lines[index], (at.Left + indent, at.Top + index * Lettering.LineHeight(size)), options.Ink, size);
        }
    }

    private static void Paste(Picture sheet, Picture picture, int left, int top)
    {
        for (var y = 0; y < picture.Height; y++)
            picture.Row(y).CopyTo(sheet.Row(top + y)[(left * 3)..]);
    }
}

/// <summary>How a contact sheet looks.</summary>
public sealed record ContactSheetOptions
{
    /// <summary>Pixels between pictures and around the sheet.</summary>
    public int Gap { get; init; } = 8;

    /// <summary>The colour between the pictures.</summary>
    public (byte Red, byte Green, byte Blue) Background { get; init; } = (255, 255, 255);

    /// <summary>The colour of captions.</summary>
    public (byte Red, byte Green, byte Blue) Ink { get; init; } = (32, 32, 32);

    /// <summary>Size of the letters in pixels (<see cref="Lettering"/>); 0: 16 where columns are at least 200 pixels wide, 14 from 100 on,
    /// otherwise 11.</summary>
    public double CaptionSize { get; init; }

    /// <summary>The most lines a caption may take before it ends with "...".</summary>
    public int CaptionLines { get; init; } = 4;
}
