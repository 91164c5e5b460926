using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Files;

namespace Lumen.Datasets;

/// <summary>
/// Writes captions into a data set where readers of its format find them, and never changes one that is there: into
/// <c>metadata.jsonl</c> of a plain folder or an imagefolder, into a text file beside the picture in every other format.
/// </summary>
public static class CaptionFiles
{
    private const string Metadata = "metadata.jsonl";
    private const string Text = "text";
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Where the captions of this data set go, in words.</summary>
    public static string Place(Dataset dataset) =>
        IsListed(dataset)
            ? Path.Combine(dataset.Root, string.Join(", ", Tables(dataset).DefaultIfEmpty(Metadata)))
            : "a text file beside each picture";

    /// <summary>Writes captions.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="captions">By <see cref="DatasetItem.Picture"/>; pictures that have a caption, and empty captions, are left out.</param>
    /// <returns>How many were written.</returns>
    /// <exception cref="LumenException">A file cannot be read or written. Files that come before it are whole.</exception>
    public static int Write(Dataset dataset, IReadOnlyDictionary<string, string> captions)
    {
        var wanted = dataset
            .Items()
            .Where(item => captions.TryGetValue(item.Picture, out var caption) && caption.Length > 0 && dataset.CaptionOf(item) is null)
            .Select(item => item.Picture)
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(picture => picture, picture => captions[picture], StringComparer.Ordinal);
        if (wanted.Count == 0)
            return 0;
        if (!IsListed(dataset))
        {
            foreach (var (picture, caption) in wanted)
                AtomicFile.Write(Path.Combine(dataset.Root, FileFor(dataset.Tree, picture)), Utf8.GetBytes(caption + "\n"));
            return wanted.Count;
        }
        var tables = Tables(dataset).ToList();
        if (tables.Count == 0)
            WriteList(
                Path.Combine(dataset.Root, Metadata),
                dataset.Items().Select(item => Line(item.Picture, wanted.GetValueOrDefault(item.Picture)))
            );
        foreach (var table in tables)
            WriteList(
                dataset.FullPath(table),
                dataset.Tree.Lines(table).Select(line => Filled(dataset, line.Text, DatasetTree.Folder(table), wanted)).ToList()
            );
        return wanted.Count;
    }

    // A text file of the picture's name may hold boxes: then the caption goes beside it under its other ending.
    private static string FileFor(DatasetTree tree, string picture)
    {
        var stem = DatasetTree.Stem(picture);
        return CaptionText.Endings.Select(ending => stem + ending).FirstOrDefault(file => tree.Match(file) is null)
            ?? throw new LumenException(
                LumenErrorKind.Dataset,
                $"There is no place for the caption of {picture}: {stem}{string.Join($" and {stem}", CaptionText.Endings)} "
                    + "are there and hold none. Move one of them."
            );
    }

    // In other formats metadata.jsonl would make an imagefolder of the data set, and its labels would be lost.
    private static bool IsListed(Dataset dataset) => dataset.Format == PlainPictures.FormatName || Tables(dataset).Any();

    private static IEnumerable<string> Tables(Dataset dataset) =>
        dataset.Lists().Where(list => Path.GetFileName(list) == Metadata && dataset.Tree.HasFile(list));

    private static string Filled(Dataset dataset, string line, string folder, Dictionary<string, string> captions)
    {
        if (
            JsonFile.Parse(line, folder).ToObject() is not { } row
            || row["file_name"] is not JsonValue value
            || !value.TryGetValue(out string? name)
        )
            return line;
        name = name.Replace('\\', '/');
        var listed = DatasetTree.Join(folder, name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name);
        if (!captions.TryGetValue(dataset.Tree.Match(listed) ?? listed, out var caption))
            return line;
        row[dataset.Tree.Options.CaptionColumn ?? CaptionColumns.Usual.FirstOrDefault(row.ContainsKey) ?? Text] = caption;
        return row.ToJsonString(Json);
    }

    // A picture without a caption is listed as well: what is not listed is no part of an imagefolder.
    private static string Line(string picture, string? caption)
    {
        var line = new JsonObject { ["file_name"] = picture };
        if (caption is not null)
            line[Text] = caption;
        return line.ToJsonString(Json);
    }

    private static void WriteList(string path, IEnumerable<string> lines) =>
        AtomicFile.Write(path, Utf8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));
}
