using Lumen.Core;
using Lumen.Datasets;

namespace Lumen.Augmentation;

/// <summary>Which pictures are to be made: a data set, prompts, and what the manifests say is settled.</summary>
internal sealed class AugmentationScan
{
    public AugmentationScan(Dataset dataset, PromptMatrix prompts, AugmentationOptions options)
    {
        options.Validate();
        (Dataset, Prompts, Options) = (dataset, prompts, options);
        Split = TrainingPart.Of(dataset, options.Split, options.AllowHeldOut);
    }

    public Dataset Dataset { get; }

    public PromptMatrix Prompts { get; }

    public AugmentationOptions Options { get; }

    /// <summary>The part that pictures are made from.</summary>
    public string Split { get; }

    /// <summary>The sources of this shard.</summary>
    public IEnumerable<DatasetItem> Items() => Dataset.Items(Split).Take(Options.Limit ?? int.MaxValue).Where(item => IsMine(item.Picture)).Select(item => item with { Caption = Dataset.CaptionOf(item) });

    /// <summary>Whether a file belongs to this shard: it hangs on the name alone.</summary>
    public bool IsMine(string name) => Options.Shard.Count == 1 || (int)(ItemHash.Number(name) % (ulong)Options.Shard.Count) == Options.Shard.Index - 1;

    /// <summary>The prompt of a new picture.</summary>
    public PromptChoice Prompt(DatasetItem item, int variant) => Prompts.Choose(item.Picture, variant, item.Caption, Options.Seed);

    /// <summary>The numbers of an item's pictures that are still to be made, with their prompts.</summary>
    public IReadOnlyList<(int Variant, PromptChoice Prompt)> Open(DatasetItem item, IReadOnlyDictionary<(string, int), ManifestEntry> settled)
    {
        if (settled.ContainsKey((item.Picture, SourceWide))) return [];
        return [.. Enumerable.Range(0, Options.Variants).Select(variant => (Variant: variant, Prompt: Prompt(item, variant)))
            .Where(open => !(settled.TryGetValue((item.Picture, open.Variant), out var entry) && entry.Prompt == open.Prompt.Prompt && entry.NegativePrompt == open.Prompt.Negative))];
    }

    /// <summary>The number that stands for all pictures of a source.</summary>
    public const int SourceWide = -1;

    /// <summary>What the manifests of a folder say.</summary>
    public static Dictionary<(string, int), ManifestEntry> Settled(string output) => Manifest.Read(output).ToDictionary(entry => (entry.Source, entry.Variant));

    public AugmentationPlan Plan(string output)
    {
        RequireApart(Dataset.Root, Path.GetFullPath(output));
        var settled = Settled(output);
        SourceWarnings.RequireIgnored(Dataset, Split, Options);
        var (items, open, bytes, warnings) = (0L, 0L, 0L, new SourceWarnings(Dataset, Options));
        var domains = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in Items())
        {
            items++;
            warnings.Look(item);
            if (!names.TryAdd(DatasetTree.Stem(item.Picture), item.Picture))
            {
                var twice = names[DatasetTree.Stem(item.Picture)] == item.Picture
                    ? $"{item.Picture} is listed twice{(item.Place is null ? "" : $" (again as {item.Place})")}, so its copies would be made twice"
                    : $"{names[DatasetTree.Stem(item.Picture)]} and {item.Picture} differ only in their ending, so their copies would be one";
                throw new LumenException($"{twice}. Run lumen data check {Dataset.Root}.");
            }
            if (item.IsGenerated) throw new LumenException($"{Dataset.Root} holds generated pictures ({item.Picture}), as its manifest says. Give --dataset the original data set.");
            if (Options.Size is not null && (item.Labels.FirstOrDefault(label => !label.IsPng)?.Name ?? (Dataset.ListsHoldGeometry ? "its lists" : null)) is { } outlines)
                throw new LumenException($"Labels of {Dataset.Root} cannot be brought to another size: {outlines} hold places in pixels. Leave out --size.");
            var own = Open(item, settled).Count;
            open += own;
            if (own > 0 && !Options.HardLinks) bytes += own * item.Labels.Select(label => new FileInfo(Dataset.FullPath(label.Name))).Where(file => file.Exists).Sum(file => file.Length);
            for (var variant = 0; variant < Options.Variants; variant++)
            {
                var choice = Prompt(item, variant);
                var name = choice.Style.Length > 0 ? $"{choice.Domain} x {choice.Style}" : choice.Domain;
                domains[name] = domains.GetValueOrDefault(name) + 1;
            }
        }
        if (items == 0 && Options.Shard.Count == 1) throw new LumenException($"The part {Split} of {Dataset.Root} holds no pictures. Run lumen data check {Dataset.Root}.");
        var total = items * Options.Variants;
        return new AugmentationPlan(Split, items, total, total - open, HeldOut(Dataset, Split).Sum(split => Dataset.Items(split).LongCount()), bytes, domains) { Warnings = warnings.Sentences };
    }

    /// <summary>The parts that no picture may be like: the held-out ones, but for one that pictures are made from because the user asked for it.</summary>
    public static IEnumerable<string> HeldOut(Dataset dataset, string split) => dataset.Splits.Where(part => SplitNames.IsHeldOut(part) && part != split);

    private static void RequireApart(string dataset, string output)
    {
        var (from, to) = (Path.TrimEndingDirectorySeparator(dataset) + "/", Path.TrimEndingDirectorySeparator(output) + "/");
        if (to.StartsWith(from, StringComparison.Ordinal) || from.StartsWith(to, StringComparison.Ordinal))
            throw new LumenException($"The output folder {output} and the data set {dataset} lie in one another. The original stays untouched only if they are apart: choose another --output.");
    }
}
