using System.Text.Json.Nodes;

namespace Lumen.Datasets;

/// <summary>
/// Hugging Face's imagefolder: <c>metadata.jsonl</c> or <c>metadata.csv</c> beside the pictures, or one in each part; one above
/// <c>train/</c> and <c>test/</c> is divided by the folders that its rows name. Columns that end with <c>_file_name</c> name label files.
/// </summary>
internal sealed class ImageFolderFormat : IDatasetFormat
{
    public string Name => "imagefolder";

    public string Expected => "metadata.jsonl or metadata.csv, or train/metadata.jsonl";

    public Dataset? TryOpen(DatasetTree tree)
    {
        if (MetadataTable.In(tree, "") is { } above)
            return new ImageFolder(tree, Name, [above], null);
        var folders = SplitNames.Sorted(tree.Folders("").Where(folder => MetadataTable.In(tree, folder) is not null));
        return folders.Count > 0
            ? new ImageFolder(tree, Name, [.. folders.Select(folder => MetadataTable.In(tree, folder)!)], folders)
            : null;
    }

    /// <param name="tree">Its folder.</param>
    /// <param name="format">What it is called.</param>
    /// <param name="tables">Its metadata.</param>
    /// <param name="folders">The parts that the tables belong to; null where there is one table above all.</param>
    private sealed class ImageFolder(DatasetTree tree, string format, IReadOnlyList<MetadataTable> tables, IReadOnlyList<string>? folders)
        : Dataset(tree, format)
    {
        private const string Ending = "_file_name";

        // What a scene's line says about the looks of its picture; it is not true of a picture with another look.
        private static readonly string[] Looks = ["time", "weather", "palette", "appearance_seed"];
        private ClassTable? _classes;
        private IReadOnlyList<string>? _splits;

        public override IReadOnlyList<string> Splits => _splits ??= folders ?? NamedParts();

        public override ClassTable Classes => _classes ??= ClassTable.Read(Tree);

        public override bool NamesEndings => true;

        public override IReadOnlyList<string> OtherColumns =>
            tables[0].Rows().FirstOrDefault().Values is { } row && CaptionColumns.In(row, Tree.Options.CaptionColumn) is null
                ? [.. row.Select(pair => pair.Key).Where(key => key != "file_name" && !key.EndsWith(Ending, StringComparison.Ordinal))]
                : [];

        public override IEnumerable<string> Lists() => tables.Select(table => table.Name);

        public override void WriteLists(string folder, DatasetVariants variants)
        {
            foreach (var table in tables)
                table.Write(
                    Path.Combine(folder, table.Name),
                    variants,
                    row => FileName(row) is { } name ? Tree.Match(DatasetTree.Join(table.Folder, name)) : null,
                    (row, variant) => Change(row, variant, table.Folder)
                );
        }

        public override IEnumerable<string> Unlisted()
        {
            foreach (var table in tables)
            {
                var named = table
                    .Rows()
                    .SelectMany(row =>
                        row.Values.Where(pair => pair.Key.EndsWith("file_name", StringComparison.Ordinal))
                            .Select(pair => pair.Key == "file_name" ? FileName(row) : row[pair.Key])
                    )
                    .OfType<string>()
                    .Select(name => Tree.Match(DatasetTree.Join(table.Folder, name)) ?? name)
                    .ToHashSet(StringComparer.Ordinal);
                foreach (
                    var picture in Tree.Pictures(table.Folder)
                        .Where(picture =>
                            !named.Contains(DatasetTree.Join(table.Folder, picture)) && !picture.Split('/')[..^1].Any(FolderNames.IsLabels)
                        )
                )
                    yield return DatasetTree.Join(table.Folder, picture);
            }
        }

        protected override IEnumerable<DatasetItem> Read(string split)
        {
            var table = tables[folders is null ? 0 : folders.TakeWhile(folder => folder != split).Count()];
            var isFirst = true;
            foreach (var row in table.Rows())
            {
                if (isFirst)
                    RequireColumn(row);
                isFirst = false;
                var picture =
                    FileName(row)
                    ?? throw new LumenException(
                        LumenErrorKind.Dataset,
                        $"{row.Place} has no \"file_name\" but "
                            + $"{string.Join(", ", row.Values.Select(pair => pair.Key).DefaultIfEmpty("nothing"))}. Every row must "
                            + "name a picture."
                    );
                if (DatasetTree.IsAbsolute(picture))
                    throw new LumenException(
                        LumenErrorKind.Dataset,
                        $"{row.Place} names \"{picture}\", a path on the machine that wrote it. Names must be from the folder of "
                            + $"the metadata: {Path.GetFileName(picture)}."
                    );
                if (folders is null && PartOf(row, picture) != split)
                    continue;
                var labels = row
                    .Values.Where(pair => pair.Key.EndsWith(Ending, StringComparison.Ordinal) && row[pair.Key] is { Length: > 0 })
                    .Select(pair => new LabelFile(
                        FolderNames.KindOf(pair.Key[..^Ending.Length], row[pair.Key]!),
                        Tree.Match(DatasetTree.Join(table.Folder, row[pair.Key]!)) ?? DatasetTree.Join(table.Folder, row[pair.Key]!),
                        pair.Key[..^Ending.Length]
                    ));
                var name = DatasetTree.Join(table.Folder, picture);
                yield return new DatasetItem(Tree.Match(name) ?? name, split, [.. labels])
                {
                    Caption = CaptionColumns.Of(row.Values, Tree.Options.CaptionColumn),
                    DeclaredSize = row.Number("width") is { } width && row.Number("height") is { } height ? (width, height) : null,
                    Place = row.Place,
                };
            }
        }

        private void RequireColumn(MetadataRow row)
        {
            if (Tree.Options.CaptionColumn is { } asked && !row.Values.ContainsKey(asked))
                throw new LumenException(
                    LumenErrorKind.Dataset,
                    $"{row.Place} has no column \"{asked}\" for captions; it has "
                        + $"{string.Join(", ", row.Values.Select(pair => pair.Key))}. Name one of them."
                );
        }

        // A row that cannot be used belongs to no part; reading any part names it.
        private IReadOnlyList<string> NamedParts()
        {
            var parts = new HashSet<string>(StringComparer.Ordinal);
            try
            {
                foreach (var row in tables[0].Rows())
                    if (FileName(row) is { } picture)
                        parts.Add(PartOf(row, picture));
            }
            catch (LumenException)
            {
                // What comes before it is enough to go on to the message.
            }
            var rest = parts.Remove(SplitNames.All) || parts.Count == 0;
            IReadOnlyList<string> sorted = SplitNames.Sorted(parts);
            if (!rest)
                return sorted;
            return sorted.Any(SplitNames.IsTraining) ? [.. sorted, SplitNames.All] : [SplitNames.All, .. sorted];
        }

        // A column "split" says it as well as a folder; what either of them holds out is held out.
        private static string PartOf(MetadataRow row, string picture)
        {
            var (named, folder) = (
                row["split"]?.Trim() is { Length: > 0 } column && SplitNames.IsKnown(column) ? column : null,
                SplitNames.PartOf(picture)
            );
            return named is null || (folder is not null && SplitNames.IsHeldOut(folder) && !SplitNames.IsHeldOut(named))
                ? folder ?? SplitNames.All
                : named;
        }

        private static string? FileName(MetadataRow row)
        {
            if (row["file_name"] is not { Length: > 0 } name)
                return null;
            name = name.Replace('\\', '/');
            return name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
        }

        private void Change(JsonObject row, DatasetVariant variant, string folder)
        {
            var prefix = folder.Length == 0 ? 0 : folder.Length + 1;
            foreach (var name in row.Where(pair => pair.Key.EndsWith(Ending, StringComparison.Ordinal)).Select(pair => pair.Key).ToList())
                if (new MetadataRow(row, "")[name] is { Length: > 0 } file)
                    row[name] = VariantName(file, variant.Number);
            row["file_name"] = variant.Picture[prefix..];
            var caption = CaptionColumns.In(row, Tree.Options.CaptionColumn) ?? "text";
            row[caption] = row[caption] is JsonArray ? new JsonArray(variant.Prompt) : variant.Prompt;
            if (row.ContainsKey("appearance_seed"))
            {
                foreach (var name in Looks)
                    row.Remove(name);
                foreach (var one in row["objects"] as JsonArray ?? [])
                    (one as JsonObject)?.Remove("color");
            }
            row["lumen_generated"] = true;
            row["lumen_source"] = variant.Source[prefix..];
        }
    }
}
