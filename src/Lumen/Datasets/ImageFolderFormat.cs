using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Core;

namespace Lumen.Datasets;

/// <summary>
/// Hugging Face's imagefolder: <c>metadata.jsonl</c> beside the pictures, or one in each part; one above <c>train/</c> and <c>test/</c> is divided by the folders that its rows name. Properties that end with
/// <c>_file_name</c> name label files.
/// </summary>
internal sealed class ImageFolderFormat : IDatasetFormat
{
    private const string Metadata = "metadata.jsonl";

    public string Name => "imagefolder";

    public string Expected => "metadata.jsonl, or train/metadata.jsonl";

    public Dataset? TryOpen(DatasetTree tree)
    {
        if (tree.HasFile(Metadata)) return new ImageFolder(tree, Name, null);
        var folders = SplitNames.Sorted(tree.Folders("").Where(folder => tree.HasFile($"{folder}/{Metadata}")));
        return folders.Count > 0 ? new ImageFolder(tree, Name, folders) : null;
    }

    /// <param name="tree">Its folder.</param>
    /// <param name="format">What it is called.</param>
    /// <param name="folders">Folders with a file of metadata each; null where there is one above all.</param>
    private sealed class ImageFolder(DatasetTree tree, string format, IReadOnlyList<string>? folders) : Dataset(tree, format)
    {
        private const string Ending = "_file_name";
        private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        // What a scene's line says about the looks of its picture; it is not true of a picture with another look.
        private static readonly string[] Looks = ["time", "weather", "palette", "appearance_seed"];
        private ClassTable? _classes;
        private IReadOnlyList<string>? _splits;

        public override IReadOnlyList<string> Splits => _splits ??= folders ?? NamedParts();

        public override ClassTable Classes => _classes ??= ClassTable.Read(Tree);

        public override bool NamesEndings => true;

        internal override IEnumerable<string> Lists() => (folders ?? [""]).Select(folder => DatasetTree.Join(folder, Metadata));

        internal override void WriteLists(string folder, DatasetVariants variants)
        {
            foreach (var list in Lists())
            {
                var own = DatasetTree.Folder(list);
                ListFile.Write(Tree.Full(list), Path.Combine(folder, list), variants, line => DatasetTree.Join(own, FileName(Parse(line, list))!), (line, variant) => NewLine(line, variant, own));
            }
        }

        private protected override IEnumerable<DatasetItem> Read(string split)
        {
            var folder = folders is null ? "" : split;
            foreach (var (line, place) in Rows(folder))
            {
                var picture = FileName(line) ?? throw new LumenException($"{place} has no \"file_name\". Every line must be a JSON object that names a picture.");
                if (folders is null && PartOf(picture) != split) continue;
                var labels = line.Where(pair => pair.Key.EndsWith(Ending, StringComparison.Ordinal) && Text(line, pair.Key) is { Length: > 0 })
                    .Select(pair => new LabelFile(FolderNames.KindOf(pair.Key[..^Ending.Length], Text(line, pair.Key)!), DatasetTree.Join(folder, Text(line, pair.Key)!), pair.Key[..^Ending.Length]));
                yield return new DatasetItem(DatasetTree.Join(folder, picture), split, [.. labels])
                {
                    Caption = Text(line, "text") ?? Text(line, "caption") ?? Text(line, "prompt"),
                    DeclaredSize = line["width"] is JsonValue width && line["height"] is JsonValue height && width.TryGetValue(out int w) && height.TryGetValue(out int h) ? (w, h) : null,
                    Place = place,
                };
            }
        }

        // A line that cannot be used belongs to no part; reading any part names it.
        private IReadOnlyList<string> NamedParts()
        {
            var (parts, rest) = (new HashSet<string>(StringComparer.Ordinal), false);
            foreach (var (_, text) in Tree.Lines(Metadata))
            {
                string? picture = null;
                try
                {
                    picture = FileName(Parse(text, Metadata));
                }
                catch (LumenException)
                {
                    continue;
                }
                if (picture is null) continue;
                if (PartOf(picture) is var part && part == SplitNames.All) rest = true;
                else parts.Add(part);
            }
            IReadOnlyList<string> sorted = SplitNames.Sorted(parts);
            if (sorted.Count > 0 && !rest) return sorted;
            return sorted.Any(SplitNames.IsTraining) ? [.. sorted, SplitNames.All] : [SplitNames.All, .. sorted];
        }

        private IEnumerable<(JsonObject Line, string Place)> Rows(string folder)
        {
            var list = DatasetTree.Join(folder, Metadata);
            var path = Path.Combine(Root, list);
            return Tree.Lines(list).Select(line => (Parse(line.Text, $"{path}, line {line.Number}"), $"{path}, line {line.Number}"));
        }

        private static string PartOf(string picture) => SplitNames.PartOf(picture) ?? SplitNames.All;

        private static string? FileName(JsonObject line)
        {
            if (Text(line, "file_name") is not { Length: > 0 } name) return null;
            name = name.Replace('\\', '/');
            return name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
        }

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

        private string NewLine(string text, DatasetVariant variant, string folder)
        {
            var line = Parse(text, Metadata);
            var prefix = folder.Length == 0 ? 0 : folder.Length + 1;
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
