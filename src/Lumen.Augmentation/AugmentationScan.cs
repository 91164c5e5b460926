using Lumen.Datasets;
using Lumen.Files;

namespace Lumen.Augmentation;

/// <summary>Which pictures are to be made: a data set, prompts, and what the manifests say is settled.</summary>
internal sealed class AugmentationScan
{
    public AugmentationScan(Dataset dataset, PromptMatrix prompts, AugmentationOptions options)
    {
        options.Validate();
        (Dataset, Prompts, Options) = (dataset, prompts, options);
        Split = TrainingPart.Of(dataset, options.Split, options.AllowHeldOut);
        _count = new Lazy<long>(() => Dataset.Items(Split).LongCount());
    }

    private readonly Lazy<long> _count;

    public Dataset Dataset { get; }

    public PromptMatrix Prompts { get; }

    public AugmentationOptions Options { get; }

    /// <summary>The part that pictures are made from.</summary>
    public string Split { get; }

    /// <summary>
    /// Whether a limit leaves pictures of the part out: the output then holds the chosen ones and nothing else of the data set.
    /// </summary>
    public bool IsPartial => Options.Limit < _count.Value;

    /// <summary>The sources of this shard.</summary>
    public IEnumerable<DatasetItem> Items() =>
        Chosen().Where(item => IsMine(item.Picture)).Select(item => item with { Caption = Dataset.CaptionOf(item) });

    /// <summary>
    /// The sources of all shards. Where there are more than the limit they are spread over the part: neighbours look alike.
    /// </summary>
    public IEnumerable<DatasetItem> Chosen() => IsPartial ? Spread(Options.Limit!.Value) : Dataset.Items(Split);

    /// <summary>Some items of the part, spread evenly over it; all where there are no more.</summary>
    public IEnumerable<DatasetItem> Spread(int count)
    {
        if (count >= _count.Value)
            return Dataset.Items(Split);
        var chosen = Enumerable.Range(0, count).Select(number => number * _count.Value / count).ToHashSet();
        return Dataset.Items(Split).Where((_, index) => chosen.Contains(index));
    }

    /// <summary>
    /// Names of the originals that belong to the output of this shard, lists left out: all files, or with a limit those of the chosen items
    /// and what lies directly in the folder.
    /// </summary>
    public IEnumerable<string> Originals()
    {
        var lists = Dataset.Lists().ToHashSet(StringComparer.Ordinal);
        var names =
            !Options.WithOriginals ? Files("", deep: false)
            : !IsPartial ? Files("")
            : Files("", deep: false)
                .Concat(Chosen().SelectMany(item => item.Labels.Select(label => label.Name).Prepend(item.Picture)))
                .Distinct(StringComparer.Ordinal);
        return names.Where(name => !lists.Contains(name) && IsMine(name));
    }

    /// <summary>Whether a file belongs to this shard: it hangs on the name alone.</summary>
    public bool IsMine(string name) =>
        Options.Shard.Count == 1 || (int)(ItemHash.Number(name) % (ulong)Options.Shard.Count) == Options.Shard.Index - 1;

    /// <summary>The prompt of a new picture.</summary>
    public PromptChoice Prompt(DatasetItem item, int variant) => Prompts.Choose(item.Picture, variant, item.Caption, Options.Seed);

    /// <summary>The numbers of an item's pictures that are still to be made, with their prompts.</summary>
    public IReadOnlyList<(int Variant, PromptChoice Prompt)> Open(
        DatasetItem item,
        IReadOnlyDictionary<(string, int), ManifestEntry> settled
    )
    {
        if (settled.ContainsKey((item.Picture, SourceWide)))
            return [];
        return
        [
            .. Enumerable
                .Range(0, Options.Variants)
                .Select(variant => (Variant: variant, Prompt: Prompt(item, variant)))
                .Where(open =>
                    !(
                        settled.TryGetValue((item.Picture, open.Variant), out var entry)
                        && entry.Prompt == open.Prompt.Prompt
                        && entry.NegativePrompt == open.Prompt.Negative
                    )
                ),
        ];
    }

    /// <summary>The number that stands for all pictures of a source.</summary>
    public const int SourceWide = -1;

    /// <summary>What the manifests of a folder say.</summary>
    public static Dictionary<(string, int), ManifestEntry> Settled(string output) =>
        Manifest.Read(output).ToDictionary(entry => (entry.Source, entry.Variant));

    public AugmentationPlan Plan(string output)
    {
        RequireApart(Dataset.Root, Path.GetFullPath(output));
        if (Dataset.Tree.BadLinks().FirstOrDefault(link => link.IsOutside).Fault is { } outside)
            throw new LumenException(
                $"{Dataset.Root} cannot be enlarged: {outside} Copy what it leads to into its place, or follow links with `Links` if "
                    + "the data set is meant to be made of links to files elsewhere."
            );
        var settled = Settled(output);
        SourceWarnings.RequireIgnored(Dataset, Split, Options);
        var (items, open, bytes, warnings) = (0L, 0L, 0L, new SourceWarnings(Dataset, Options));
        var (captioned, labelled) = (0L, 0L);
        var domains = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in Items())
        {
            items++;
            warnings.Look(item);
            if (!names.TryAdd(DatasetTree.Stem(item.Picture), item.Picture))
            {
                var twice =
                    names[DatasetTree.Stem(item.Picture)] == item.Picture
                        ? $"{item.Picture} is listed twice{(item.Place is null ? "" : $" (again as {item.Place})")}, so its copies "
                            + "would be made twice"
                        : $"{names[DatasetTree.Stem(item.Picture)]} and {item.Picture} differ only in their ending, so their copies "
                            + "would be one";
                throw new LumenException($"{twice}. Run lumen data check {Dataset.Root}.");
            }
            if (item.IsGenerated)
                throw new LumenException(
                    $"{Dataset.Root} holds generated pictures ({item.Picture}), as its manifest says. Give `Dataset` the original data set."
                );
            if (
                Options.Size is not null
                && (item.Labels.FirstOrDefault(label => !label.IsPng)?.Name ?? (Dataset.ListsHoldGeometry ? "its lists" : null))
                    is { } outlines
            )
                throw new LumenException(
                    $"Labels of {Dataset.Root} cannot be brought to another size: {outlines} hold places in pixels. Leave out `Size`."
                );
            captioned += string.IsNullOrWhiteSpace(item.Caption) ? 0 : 1;
            labelled += item.Labels.Count > 0 && item.Labels.All(label => Dataset.Has(label.Name)) ? 1 : 0;
            var own = Open(item, settled).Count;
            open += own;
            if (own > 0 && !Options.HardLinks)
                bytes += own * item.Labels.Sum(label => FileFacts.Of(Dataset.FullPath(label.Name))?.Length ?? 0);
            for (var variant = 0; variant < Options.Variants; variant++)
            {
                var choice = Prompt(item, variant);
                var name = choice.Style.Length > 0 ? $"{choice.Domain} x {choice.Style}" : choice.Domain;
                domains[name] = domains.GetValueOrDefault(name) + 1;
            }
        }
        if (items == 0 && Options.Shard.Count == 1)
            throw new LumenException($"The part {Split} of {Dataset.Root} holds no pictures. Run lumen data check {Dataset.Root}.");
        var total = items * Options.Variants;
        return new AugmentationPlan(
            Split,
            items,
            total,
            total - open,
            HeldOut(Dataset, Split).Sum(split => Dataset.Items(split).LongCount()),
            bytes,
            domains
        )
        {
            Warnings = warnings.Sentences,
            PartItems = _count.Value,
            Captioned = captioned,
            Labelled = labelled,
            OriginalBytes = BytesToCopy(output),
        };
    }

    /// <summary>
    /// The parts that no picture may be like: the held-out ones, but for one that pictures are made from because the user asked for it.
    /// </summary>
    public static IEnumerable<string> HeldOut(Dataset dataset, string split) =>
        dataset.Splits.Where(part => SplitNames.IsHeldOut(part) && part != split);

    private long BytesToCopy(string output) =>
        Options.HardLinks
            ? 0
            : Originals()
                .Where(name => Dataset.Has(name) && FileFacts.OfName(Path.Combine(output, name)) is null)
                .Sum(name => FileFacts.Of(Dataset.FullPath(name))?.Length ?? 0);

    // Below the folder itself, without hidden files and without what an augmentation writes of its own.
    private IEnumerable<string> Files(string folder, bool deep = true)
    {
        foreach (var file in Dataset.Tree.Files(folder))
            yield return DatasetTree.Join(folder, file);
        if (!deep)
            yield break;
        foreach (var child in Dataset.Tree.Folders(folder))
        foreach (var file in Files(DatasetTree.Join(folder, child)))
            yield return file;
    }

    private static void RequireApart(string dataset, string output)
    {
        var (from, to) = (RealPath.Of(dataset), RealPath.Of(output));
        if (RealPath.IsInside(from, to) || RealPath.IsInside(to, from))
            throw new LumenException(
                $"The output folder {output} and the data set {dataset} lie in one another. The original stays untouched only if "
                    + "they are apart: choose another `Output`."
            );
    }
}
