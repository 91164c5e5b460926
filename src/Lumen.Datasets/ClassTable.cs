using System.Globalization;
using Lumen.Files;
using Lumen.Imaging;

namespace Lumen.Datasets;

/// <summary>The classes of a data set, and the id that means "no class here".</summary>
/// <param name="Classes">In the order of their ids; empty where the data set does not say.</param>
/// <param name="Ignore">The id of pixels that count for nothing; null where the data set has none.</param>
public sealed record ClassTable(IReadOnlyList<DatasetClass> Classes, int? Ignore = 255)
{
    private static readonly string[] NoClass = ["void", "unlabeled", "unlabelled", "ignore", "ignored", "unknown"];

    private readonly HashSet<int> _ids = [.. Classes.Select(one => one.Id)];

    /// <summary>Ids by colour (0xRRGGBB), where every class has a colour and no two the same; otherwise null.</summary>
    public IReadOnlyDictionary<int, int>? Colours { get; } = ByColour(Classes);

    /// <summary>No classes are known: every id is allowed.</summary>
    public static ClassTable Unknown { get; } = new([]) { IsIgnoreAssumed = true };

    /// <summary>
    /// Whether <see cref="Ignore"/> is what is usual and not what the format or the list of classes says; the label files may contradict
    /// it, see <see cref="IgnoredValue"/>.
    /// </summary>
    public bool IsIgnoreAssumed { get; init; }

    /// <summary>Whether a pixel may have this id.</summary>
    public bool Allows(int id) => _ids.Count == 0 || id == Ignore || _ids.Contains(id) || (Ignore is null && id == ushort.MaxValue);

    /// <summary>The name of a class, or its number.</summary>
    public string NameOf(int id) =>
        Classes.FirstOrDefault(one => one.Id == id)?.Name ?? (id == Ignore ? "ignore" : id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Classes numbered from <paramref name="first"/>.</summary>
    internal static ClassTable Named(int first, params ReadOnlySpan<string> names)
    {
        var classes = new List<DatasetClass>(names.Length);
        foreach (var name in names)
            classes.Add(new DatasetClass(first + classes.Count, name));
        return new ClassTable(classes);
    }

    /// <summary>
    /// The classes in <c>classes.json</c> (an array of objects with <c>id</c>, <c>name</c> and perhaps <c>color</c>) or <c>classes.txt</c>
    /// (a name a line, or id and name separated by a tab, comma or space); unknown where there is neither. The id of a class called
    /// <c>void</c>, <c>unlabeled</c> or <c>ignore</c> counts for nothing; otherwise 255 does, unless it is a class.
    /// </summary>
    /// <exception cref="LumenException">The file cannot be understood; the line is named.</exception>
    internal static ClassTable Read(DatasetTree tree)
    {
        if (tree.HasFile("classes.json"))
            return FromJson(tree.Full("classes.json"));
        foreach (var name in (string[])["classes.txt", "labels.txt", "class_names.txt"])
            if (tree.HasFile(name))
                return FromText(tree.Full(name));
        return ClassFiles.Read(tree) is { Count: > 0 } classes ? WithIgnored(classes) : Unknown;
    }

    private static ClassTable FromJson(string path)
    {
        try
        {
            var classes = JsonFile
                .Read(path)
                .Items()
                .Select(one => new DatasetClass(one.Required("id").Int(int.MinValue), one.Required("name").Text(), Colour(one["color"])))
                .ToList();
            return classes.GroupBy(one => one.Id).FirstOrDefault(group => group.Count() > 1) is { } twice
                ? throw new LumenException(LumenErrorKind.Dataset, $"The id {twice.Key} belongs to two classes.")
                : WithIgnored(classes);
        }
        catch (LumenException fault)
        {
            throw new LumenException(
                $"{path} does not describe classes: {fault.Message} Expected [{{\"id\": 0, \"name\": \"road\"}}, ...].",
                fault
            );
        }
    }

    private static (byte, byte, byte)? Colour(JsonEntry? colour)
    {
        if (colour is not { } list)
            return null;
        byte[] parts = [.. list.Items().Select(part => (byte)part.Int(0, byte.MaxValue))];
        return parts is [var red, var green, var blue] ? (red, green, blue) : throw list.Fault("a colour [red, green, blue]");
    }

    // A class that is called "void" or the like is no class; its id is the ignored one.
    private static ClassTable WithIgnored(IReadOnlyList<DatasetClass> classes) =>
        classes.FirstOrDefault(one => NoClass.Contains(one.Name.Trim(), StringComparer.OrdinalIgnoreCase)) is { } none
            ? new ClassTable(classes, none.Id)
        : classes.Any(one => one.Id == byte.MaxValue) ? new ClassTable(classes, Ignore: null)
        : new ClassTable(classes) { IsIgnoreAssumed = true };

    private static Dictionary<int, int>? ByColour(IReadOnlyList<DatasetClass> classes)
    {
        if (classes.Count == 0 || classes.Any(one => one.Colour is null))
            return null;
        var colours = new Dictionary<int, int>();
        return classes.All(one =>
            colours.TryAdd(LabelColours.Key(one.Colour!.Value.Red, one.Colour.Value.Green, one.Colour.Value.Blue), one.Id)
        )
            ? colours
            : null;
    }

    private static ClassTable FromText(string path)
    {
        var classes = new List<DatasetClass>();
        foreach (var line in TextFile.Lines(path).Select(line => line.Text.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var end = line.IndexOfAny(['\t', ',', ' ', ':']);
            var numbered = end > 0 && int.TryParse(line.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out _);
            classes.Add(
                numbered
                    ? new DatasetClass(int.Parse(line.AsSpan(0, end), CultureInfo.InvariantCulture), line[(end + 1)..].Trim())
                    : new DatasetClass(classes.Count, line)
            );
        }
        return classes.Select(one => one.Id).Distinct().Count() == classes.Count
            ? WithIgnored([.. classes.OrderBy(one => one.Id)])
            : throw new LumenException(
                LumenErrorKind.Dataset,
                $"{path} gives one id to two classes. Expected a name a line, or \"id name\" with different ids."
            );
    }
}

/// <summary>A class of a data set.</summary>
/// <param name="Id">Value in the label files.</param>
/// <param name="Name">Its name.</param>
/// <param name="Colour">Colour for drawing, or null.</param>
public sealed record DatasetClass(int Id, string Name, (byte Red, byte Green, byte Blue)? Colour = null);
