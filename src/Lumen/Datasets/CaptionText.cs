using System.Globalization;
using Lumen.Core;
using Lumen.Core.Files;

namespace Lumen.Datasets;

/// <summary>Captions in text files beside pictures.</summary>
internal static class CaptionText
{
    private const long MostBytes = 1 << 20;
    private const int BoxNumbers = 4, BoxWords = 2;   // a box is four numbers or more, with a class and perhaps a source
    private static readonly string[] Endings = [".txt", ".caption"];

    /// <summary>The caption of a picture in the text file of its name: <c>.txt</c>, or <c>.caption</c> where that holds none; null where there is neither. Lines are joined.</summary>
    /// <exception cref="LumenException">The file is no text in UTF-8 or UTF-16.</exception>
    public static string? Beside(string picture)
    {
        foreach (var ending in Endings)
        {
            var path = Path.ChangeExtension(picture, ending);
            if (File.Exists(path) && Of(path) is { } caption) return caption;
        }
        return null;
    }

    private static string? Of(string path)
    {
        var text = TextFile.Read(path, MostBytes);
        if (text.Contains('\0')) throw new LumenException($"{path} is not text: it holds zeros. Save the caption as UTF-8, or take the file out.");
        var lines = text.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.All(IsBox) ? null : string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    // Text files beside pictures may also hold boxes or numbers of tags, perhaps with the name of a class: "1 0.5 0.5 1e-05 0.25", "Car 0.0 0 -1.6 599 156 629 189".
    private static bool IsBox(string line)
    {
        var words = line.Split([' ', '\t', ',', ';'], StringSplitOptions.RemoveEmptyEntries);
        var numbers = words.Count(word => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _));
        return numbers == words.Length || !line.Any(char.IsLetter) || (numbers >= BoxNumbers && words.Length - numbers <= BoxWords);
    }
}
