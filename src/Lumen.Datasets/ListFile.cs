using System.Text;
using Lumen.Files;

namespace Lumen.Datasets;

/// <summary>Writes a list of a data set again with the new pictures in it.</summary>
public static class ListFile
{
    /// <summary>Keeps the lines of the originals that are kept, byte for byte; the lines of the new pictures follow.</summary>
    /// <param name="from">The list.</param>
    /// <param name="to">Where the new one goes.</param>
    /// <param name="variants">The new pictures.</param>
    /// <param name="pictureOf">The picture that a line is about, or null.</param>
    /// <param name="lineOf">The line of a new picture, from the line of its source.</param>
    public static void Write(
        string from,
        string to,
        DatasetVariants variants,
        Func<string, string?> pictureOf,
        Func<string, DatasetVariant, string> lineOf
    ) =>
        AtomicFile.Write(
            to,
            stream =>
            {
                using var writer = new StreamWriter(
                    stream,
                    new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
                    bufferSize: 1 << 16,
                    leaveOpen: true
                )
                {
                    NewLine = "\n",
                };
                foreach (var (_, line) in TextFile.Lines(from))
                    if (variants.KeepsLineOf(() => string.IsNullOrWhiteSpace(line) ? null : pictureOf(line)))
                        writer.WriteLine(line);
                foreach (var (_, line) in TextFile.Lines(from).Where(line => !string.IsNullOrWhiteSpace(line.Text)))
                    if (pictureOf(line) is { } picture)
                        foreach (var variant in variants.Of(picture))
                            writer.WriteLine(lineOf(line, variant));
            }
        );
}
