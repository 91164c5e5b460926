using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Core;

namespace Lumen.Datasets;

/// <summary>Hugging Face's imagefolder: <c>metadata.jsonl</c> beside the pictures, or one in each part. Properties that end with <c>_file_name</c> name label files.</summary>
internal sealed class ImageFolderFormat : IDatasetFormat
{
    private const string Metadata = "metadata.jsonl";

    public string Name => "imagefolder";

    public string Expected => "metadata.jsonl, or train/metadata.jsonl";

    public Dataset? TryOpen(DatasetTree tree)
    {
        if (tree.HasFile(Metadata)) return new ImageFolder(tree, Name, [SplitNames.All]);
        var splits = tree.Folders("").Where(folder => tree.HasFile($"{folder}/{Metadata}")).OrderBy(SplitNames.Order).ToArray();
        return splits.Length > 0 ? new ImageFolder(tree, Name, splits) : null;
    }

    private sealed class ImageFolder(DatasetTree tree, string format, string[] splits) : Dataset(tree, format)
    {
        private const string Ending = "_file_name";
        private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        // What a scene's line says about the looks of its picture; it is not true of a picture with another look.
        private static readonly string[] Looks = ["time", "weather", "palette", "appearance_seed"];
        private ClassTable? _classes;

        public override IReadOnlyList<string> Splits => splits;

        public override ClassTable Classes => _classes ??= ClassTable.Read(Tree);

        public override bool NamesEndings => true;

        internal override IEnumerable<string> Lists() => splits.Select(split => DatasetTree.Join(FolderOf(split), Metadata));

        internal override void WriteLists(string folder, DatasetVariants variants)
        {
            foreach (var split in splits)
            {
                var name = DatasetTree.Join(FolderOf(split), Metadata);
                ListFile.Write(Tree.Full(name), Path.Combine(folder, name), variants, line => DatasetTree.Join(FolderOf(split), Text(Parse(line, name), "file_name")!), (line, variant) => NewLine(line, variant, split));
            }
        }

        private protected override IEnumerable<DatasetItem> Read(string split)
        {
            var (folder, place) = (FolderOf(split), Path.Combine(Root, FolderOf(split), Metadata));
            foreach (var (number, text) in Tree.Lines(DatasetTree.Join(folder, Metadata)))
            {
                var line = Parse(text, $"{place}, line {number}");
                var picture = Text(line, "file_name") ?? throw new LumenException($"{place}, line {number} has no \"file_name\". Every line must be a JSON object that names a picture.");
                var labels = line.Where(pair => pair.Key.EndsWith(Ending, StringComparison.Ordinal) && Text(line, pair.Key) is { Length: > 0 })
                    .Select(pair => new LabelFile(FolderNames.KindOf(pair.Key[..^Ending.Length], Text(line, pair.Key)!), DatasetTree.Join(folder, Text(line, pair.Key)!), pair.Key[..^Ending.Length]));
                yield return new DatasetItem(DatasetTree.Join(folder, picture), split, [.. labels])
                {
                    Caption = Text(line, "text") ?? Text(line, "caption") ?? Text(line, "prompt"),
                    DeclaredSize = line["width"] is JsonValue width && line["height"] is JsonValue height && width.TryGetValue(out int w) && height.TryGetValue(out int h) ? (w, h) : null,
                    Place = $"{place}, line {number}",
                };
            }
        }

        private static string FolderOf(string split) => split == SplitNames.All ? "" : split;

        private static string? Text(JsonObject line, string name) => line[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

        private static JsonObject Parse(string text, string place)
        {
            try
            {
                return JsonNode.Parse(text) as JsonObject ?? throw new LumenException($"{place} is not a JSON object. Every line must be a JSON object that names a picture.");
            }
            catch (JsonException fault)
            {
                throw new LumenException($"{place} cannot be read: {fault.Message} Every line must be a JSON object that names a picture.", fault);
            }
        }

        private string NewLine(string text, DatasetVariant variant, string split)
        {
            var line = Parse(text, Metadata);
            var prefix = FolderOf(split).Length == 0 ? 0 : FolderOf(split).Length + 1;
            foreach (var name in line.Where(pair => pair.Key.EndsWith(Ending, StringComparison.Ordinal)).Select(pair => pair.Key).ToList())
                if (Text(line, name) is { Length: > 0 } file) line[name] = VariantName(file, variant.Number);
            line["file_name"] = variant.Picture[prefix..];
            line[new[] { "text", "caption", "prompt" }.FirstOrDefault(line.ContainsKey, "text")] = variant.Prompt;
            if (line.ContainsKey("appearance_seed"))
            {
                foreach (var name in Looks) line.Remove(name);
                foreach (var one in line["objects"]?.AsArray() ?? []) (one as JsonObject)?.Remove("color");
            }
            line["lumen_generated"] = true;
            line["lumen_source"] = variant.Source[prefix..];
            return line.ToJsonString(Json);
        }
    }
}
