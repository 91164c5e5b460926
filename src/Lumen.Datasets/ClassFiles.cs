using System.Globalization;
using Lumen.Files;

namespace Lumen.Datasets;

/// <summary>Lists of classes with colours or pixel values, as they come with colour-coded labels.</summary>
internal static class ClassFiles
{
    private static readonly string[] Lists = ["label_colors.txt", "label_colours.txt"];
    private const string Map = "labelmap.txt";

    /// <summary>
    /// The classes of <c>class_dict.csv</c> (<c>name,r,g,b</c>), <c>label_colors.txt</c> (<c>R G B name</c> a line), <c>labelmap.txt</c>
    /// (<c>name:R,G,B:parts:actions</c>, of CVAT; ids are positions in all three) or <c>_classes.csv</c> (<c>Pixel Value, Class</c>; also
    /// in a part's folder); null where there is none of them.
    /// </summary>
    /// <exception cref="LumenException">The file cannot be understood; the line is named.</exception>
    public static IReadOnlyList<DatasetClass>? Read(DatasetTree tree)
    {
        if (tree.HasFile("class_dict.csv"))
            return Colours(tree.Full("class_dict.csv"));
        if (Array.Find(Lists, tree.HasFile) is { } list)
            return [.. tree.Lines(list).Select((line, id) => Line(line.Text, id, $"{tree.Full(list)}, line {line.Number}"))];
        if (tree.HasFile(Map))
            return
            [
                .. tree.Lines(Map)
                    .Where(line => line.Text[0] != '#')
                    .Select((line, id) => Mapped(line.Text, id, $"{tree.Full(Map)}, line {line.Number}")),
            ];
        var values = tree.Folders("").Prepend("").Select(folder => DatasetTree.Join(folder, "_classes.csv")).FirstOrDefault(tree.HasFile);
        return values is null ? null : Values(tree.Full(values));
    }

    private static List<DatasetClass> Colours(string path)
    {
        var table = CsvFile.Open(path);
        var (name, red, green, blue) = (
            Column(table, path, "name", "class"),
            Column(table, path, "r", "red"),
            Column(table, path, "g", "green"),
            Column(table, path, "b", "blue")
        );
        return
        [
            .. table
                .Rows()
                .Select((row, id) => new DatasetClass(id, row.Required(name).Trim(), (Byte(row, red), Byte(row, green), Byte(row, blue)))),
        ];
    }

    private static List<DatasetClass> Values(string path)
    {
        var table = CsvFile.Open(path);
        var (value, name) = (Column(table, path, "pixel value", "value", "id"), Column(table, path, "class", "name"));
        return [.. table.Rows().Select(row => new DatasetClass(Number(row, value), row.Required(name).Trim()))];
    }

    private static string Column(CsvFile table, string path, params string[] names) =>
        table.Columns.FirstOrDefault(column => names.Contains(column.Trim(), StringComparer.OrdinalIgnoreCase))
        ?? throw new LumenException(
            LumenErrorKind.Dataset,
            $"{path} does not describe classes: it has no column {string.Join(" or ", names)}, but {string.Join(", ", table.Columns)}."
        );

    private static int Number(CsvRow row, string column) =>
        int.TryParse(row.Required(column).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number <= ushort.MaxValue
            ? number
            : throw new LumenException(
                LumenErrorKind.Dataset,
                $"{row.Place} has \"{row.Required(column)}\" as {column}; expected a whole number of 0 or more."
            );

    private static byte Byte(CsvRow row, string column) =>
        Number(row, column) is var number && number <= byte.MaxValue
            ? (byte)number
            : throw new LumenException(LumenErrorKind.Dataset, $"{row.Place} has {number} as {column}; colours go up to 255.");

    private static DatasetClass Mapped(string line, int id, string place) =>
        line.Split(':') is [{ Length: > 0 } name, var colour, ..] && colour.Split(',').Select(Parse).ToList() is [{ } r, { } g, { } b]
            ? new DatasetClass(id, name.Trim(), (r, g, b))
            : throw new LumenException(
                LumenErrorKind.Dataset,
                $"{place} must be \"name:R,G,B::\" with colours up to 255 but is \"{line}\"."
            );

    private static byte? Parse(string word) =>
        byte.TryParse(word.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static DatasetClass Line(string line, int id, string place)
    {
        var words = line.Split([' ', '\t', ','], 4, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words is [var red, var green, var blue, var name] && Parse(red) is { } r && Parse(green) is { } g && Parse(blue) is { } b)
            return new DatasetClass(id, name, (r, g, b));
        throw new LumenException(LumenErrorKind.Dataset, $"{place} must be \"R G B name\" with colours up to 255 but is \"{line}\".");
    }
}
