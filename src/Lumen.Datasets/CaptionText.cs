using System.Globalization;
using Lumen.Files;

namespace Lumen.Datasets;

/// <summary>Captions in text files beside pictures.</summary>
internal static class CaptionText
{
    private const long MostBytes = 1 << 20;
    private const int BoxNumbers = 4,
        BoxWords = 2; // a box is four numbers or more, with a class and perhaps a source
    private static readonly string[] Tables = [".jsonl", ".json", ".csv", ".tsv", ".parquet", ".txt"];
    private static readonly string[] Words = ["metadata", "caption", "captions", "prompt", "prompts"];
    public static readonly string[] Endings = [".txt", ".caption"];

    /// <summary>
    /// The caption of an item in a text file of its picture's name: <c>.txt</c>, or <c>.caption</c> where that holds none; null where there
    /// is neither. Lines are joined.
    /// </summary>
    /// <exception cref="LumenException">The file is no text in UTF-8 or UTF-16.</exception>
    public static (string Caption, string File)? In(DatasetTree tree, DatasetItem item)
    {
        string[] files = item.CaptionFile is { } own ? [own] : [.. Endings.Select(ending => DatasetTree.Stem(item.Picture) + ending)];
        foreach (var file in files)
            if (tree.Match(file) is { } found && Of(tree.Full(found)) is { } caption)
                return (caption, found);
        return null;
    }

    /// <summary>The file of boxes of a picture's name beside it, or null.</summary>
    public static string? BoxesBeside(DatasetTree tree, string picture)
    {
        var file = DatasetTree.Stem(picture) + Endings[0];
        try
        {
            return tree.Match(file) is { } found && Of(tree.Full(found)) is null ? found : null;
        }
        catch (LumenException)
        {
            return null; // told where captions are read
        }
    }

    /// <summary>Sentences about files that look as if they held captions and are not read.</summary>
    public static IEnumerable<string> Unread(DatasetTree tree, IEnumerable<string> lists)
    {
        var known = lists.ToHashSet(StringComparer.Ordinal);
        return from folder in tree.Folders("").Prepend("")
            from file in tree.Files(folder)
            let name = DatasetTree.Join(folder, file)
            where
                Tables.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)
                && !known.Contains(name)
                && SplitNames.Words(DatasetTree.Stem(file)) is [var word]
                && Words.Contains(word)
            select $"{name} is not read. Captions are taken from metadata.jsonl or metadata.csv (file_name, text) and from text files of "
                + "the pictures' names.";
    }

    private static string? Of(string path)
    {
        var text = TextFile.Read(path, MostBytes);
        if (text.Contains('\0'))
            throw new LumenException(
                LumenErrorKind.Dataset,
                $"{path} is not text: it holds zeros. Save the caption as UTF-8, or take the file out."
            );
        var lines = text.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.All(IsBox) ? null : string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    // Text files beside pictures may also hold boxes or numbers of tags, perhaps with the name of a class: "1 0.5 0.5 1e-05 0.25", "Car 0.0
    // 0 -1.6 599 156 629 189".
    private static bool IsBox(string line)
    {
        var words = line.Split([' ', '\t', ',', ';'], StringSplitOptions.RemoveEmptyEntries);
        var numbers = words.Count(word => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _));
        return numbers == words.Length || !line.Any(char.IsLetter) || (numbers >= BoxNumbers && words.Length - numbers <= BoxWords);
    }
}
