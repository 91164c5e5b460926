using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsvHelper;
using CsvHelper.Configuration;
using Lumen.Files;

namespace Lumen.Datasets;

/// <summary>A row of metadata.</summary>
/// <param name="Values">Its values by column; those of CSV are all strings.</param>
/// <param name="Place">File and line, for messages.</param>
internal readonly record struct MetadataRow(JsonObject Values, string Place)
{
    /// <summary>A value that is a string, or null.</summary>
    public string? this[string column] => Values[column] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>A value that is a whole number, also as a string.</summary>
    public int? Number(string column) =>
        Values[column] is not JsonValue value ? null
        : value.TryGetValue(out int number) ? number
        : value.TryGetValue(out string? text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) ? number
        : null;
}

/// <summary>The <c>metadata.jsonl</c> or <c>metadata.csv</c> of an imagefolder.</summary>
/// <param name="tree">The data set's folder.</param>
/// <param name="name">Path below it.</param>
internal sealed class MetadataTable(DatasetTree tree, string name)
{
    private static readonly string[] Names = ["metadata.jsonl", "metadata.csv"];
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Path below the data set's folder.</summary>
    public string Name => name;

    /// <summary>Its folder; empty for the data set's own.</summary>
    public string Folder => DatasetTree.Folder(name);

    private bool IsCsv => name.EndsWith(".csv", StringComparison.Ordinal);

    /// <summary>The table in a folder, or null; lines of JSON are preferred.</summary>
    public static MetadataTable? In(DatasetTree tree, string folder) =>
        Names.Select(file => DatasetTree.Join(folder, file)).FirstOrDefault(tree.HasFile) is { } name
            ? new MetadataTable(tree, name)
            : null;

    /// <summary>Its rows, read while they are taken.</summary>
    /// <exception cref="LumenException">The file or a row cannot be read; the line is named.</exception>
    public IEnumerable<MetadataRow> Rows()
    {
        var path = tree.Full(name);
        if (!IsCsv)
            return tree.Lines(name).Select(line => Row(line.Text, $"{path}, line {line.Number}"));
        var table = CsvFile.Open(path);
        return table
            .Rows()
            .Select(row => new MetadataRow(
                new JsonObject(table.Columns.Select(column => KeyValuePair.Create(column, (JsonNode?)row[column]))),
                row.Place
            ));
    }

    /// <summary>Writes it again: the rows of the originals, if they are kept, as they are, and one for each new picture.</summary>
    /// <param name="to">Where it goes.</param>
    /// <param name="variants">The new pictures.</param>
    /// <param name="pictureOf">The picture that a row is about, or null.</param>
    /// <param name="change">Makes the row of a new picture from its source's. CSV takes the columns that it has.</param>
    public void Write(string to, DatasetVariants variants, Func<MetadataRow, string?> pictureOf, Action<JsonObject, DatasetVariant> change)
    {
        if (!IsCsv)
        {
            ListFile.Write(
                tree.Full(name),
                to,
                variants,
                line => pictureOf(Row(line, name)),
                (line, variant) => Changed(Row(line, name), variant, change).ToJsonString(Json)
            );
            return;
        }
        var columns = CsvFile.Open(tree.Full(name)).Columns;
        AtomicFile.Write(
            to,
            stream =>
            {
                using var writer = new StreamWriter(
                    stream,
                    new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
                    bufferSize: 1 << 16,
                    leaveOpen: true
                );
                using var csv = new CsvWriter(writer, new CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n" });
                foreach (var column in columns)
                    csv.WriteField(column);
                csv.NextRecord();
                foreach (var row in Rows())
                    if (variants.KeepsLineOf(() => pictureOf(row)))
                        Put(csv, columns, row.Values);
                foreach (var row in Rows())
                    if (pictureOf(row) is { } picture)
                        foreach (var variant in variants.Of(picture))
                            Put(csv, columns, Changed(row, variant, change));
                csv.Flush();
            }
        );
    }

    private static JsonObject Changed(MetadataRow row, DatasetVariant variant, Action<JsonObject, DatasetVariant> change)
    {
        var copy = row.Values.DeepClone().AsObject();
        change(copy, variant);
        return copy;
    }

    private static void Put(CsvWriter csv, IReadOnlyList<string> columns, JsonObject values)
    {
        foreach (var column in columns)
            csv.WriteField(values[column]?.GetValue<string>() ?? "");
        csv.NextRecord();
    }

    private static MetadataRow Row(string text, string place)
    {
        var entry = JsonFile.Parse(text, place);
        return entry.Kind == JsonValueKind.Object
            ? new MetadataRow(entry.ToObject(), place)
            : throw new LumenException(
                LumenErrorKind.Dataset,
                $"{place} is not a JSON object. Every line must be a JSON object that names a picture."
            );
    }
}
