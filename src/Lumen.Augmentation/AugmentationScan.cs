using Lumen.Core.Processes;
using Lumen.Datasets;

namespace Lumen.Augmentation;

/// <summary>Which pictures are to be made: a data set, prompts, and what the manifests record already.</summary>
internal sealed class AugmentationScan
{
    /// <param name="dataset">The data set.</param>
    /// <param name="prompts">What the new pictures look like.</param>
    /// <param name="options">How many, and which.</param>
    /// <param name="processes">
    /// The processes that claim sources one by one; null for this one alone. Each has files of its own, as a shard has.
    /// </param>
    public AugmentationScan(Dataset dataset, PromptMatrix prompts, AugmentationOptions options, ICommunicator? processes = null)
    {
        options.Validate();
        Processes = processes ?? new SingleProcess();
        if (IsShared && options.Shard.Count > 1)
            throw new LumenException(
                LumenErrorKind.Option,
                $"`Shard` divides the work among processes that do not know of each other; the {Processes.Size} of this job share it as it "
                    + "is done. Leave it out."
            );
        if (IsShared)
            options = options with { Shard = (Processes.Rank + 1, Processes.Size) };
        (Dataset, Prompts, Options) = (dataset, prompts, options);
        if (dataset is PlainPictures && !options.AllowHeldOut)
            HeldOutGuard.Require(dataset); // a part of a data set may have been given as a folder of pictures
        Split = TrainingPart.Of(dataset, options.Split, options.AllowHeldOut);
        _count = new Lazy<long>(() => Dataset.Items(Split).LongCount());
    }

    private readonly Lazy<long> _count;

    /// <summary>Pictures of the whole part.</summary>
    public long Count => _count.Value;

    public Dataset Dataset { get; }

    public PromptMatrix Prompts { get; }

    public AugmentationOptions Options { get; }

    /// <summary>The part that pictures are made from.</summary>
    public string Split { get; }

    /// <summary>
    /// Whether a limit leaves pictures of the part out: the output then holds the chosen ones and nothing else of the data set.
    /// </summary>
    public bool IsPartial => Options.Limit < _count.Value;

    /// <summary>The processes that share the sources.</summary>
    public ICommunicator Processes { get; }

    /// <summary>The sources of this shard; those of all processes where they are claimed.</summary>
    public IEnumerable<DatasetItem> Items() =>
        Chosen().Where(item => IsShared || IsMine(item.Picture)).Select(item => item with { Caption = Dataset.CaptionOf(item) });

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

    /// <summary>Whether a file belongs to this shard: this depends on the name alone.</summary>
    public bool IsMine(string name) =>
        Options.Shard.Count == 1 || (int)(ItemHash.Number(name) % (ulong)Options.Shard.Count) == Options.Shard.Index - 1;

    private bool IsShared => Processes.Size > 1;

    /// <summary>The prompt of a new picture.</summary>
    public PromptChoice Prompt(DatasetItem item, int variant) => Prompts.Choose(item.Picture, variant, item.Caption, Options.Seed);

    /// <summary>The numbers of an item's pictures that are still to be made, with their prompts.</summary>
    public IReadOnlyList<(int Number, PromptChoice Prompt)> Pending(
        DatasetItem item,
        IReadOnlyDictionary<(string, int), ManifestEntry> recorded
    )
    {
        if (recorded.ContainsKey((item.Picture, SourceWide)))
            return [];
        return
        [
            .. Enumerable
                .Range(0, Options.Variants)
                .Select(number => (Number: number, Prompt: Prompt(item, number)))
                .Where(pending =>
                    !(
                        recorded.TryGetValue((item.Picture, pending.Number), out var entry)
                        && entry.Prompt == pending.Prompt.Prompt
                        && entry.NegativePrompt == pending.Prompt.Negative
                    )
                ),
        ];
    }

    /// <summary>The number that stands for all pictures of a source.</summary>
    public const int SourceWide = -1;

    /// <summary>What the manifests of a folder say.</summary>
    public static Dictionary<(string, int), ManifestEntry> Recorded(string output) =>
        Manifest.Read(output).ToDictionary(entry => (entry.Source, entry.Variant));

    /// <summary>
    /// The parts that sources are compared with: the held-out ones, except one that pictures are made from because the user asked for it.
    /// </summary>
    public static IEnumerable<string> HeldOut(Dataset dataset, string split) =>
        dataset.Splits.Where(part => SplitNames.IsHeldOut(part) && part != split);

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
}
