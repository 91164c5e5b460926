using Lumen.Datasets;
using Lumen.Files;
using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>What an augmentation will do, before anything is done.</summary>
/// <param name="Split">Part of the data set that pictures are made from.</param>
/// <param name="Items">Its pictures in this shard.</param>
/// <param name="Total">All new pictures of this shard.</param>
/// <param name="Done">Those that earlier runs have recorded.</param>
/// <param name="HeldOut">Pictures of the parts that are never touched.</param>
/// <param name="LabelBytes">Bytes of label copies that are still to be made; 0 where they are linked.</param>
/// <param name="Domains">New pictures of each domain.</param>
public sealed record AugmentationPlan(
    string Split,
    long Items,
    long Total,
    long Done,
    long HeldOut,
    long LabelBytes,
    IReadOnlyDictionary<string, long> Domains
)
{
    /// <summary>What the user should know before anything is done, in sentences.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Pictures of the whole part, of which a limit chooses <see cref="Items"/>.</summary>
    public long PartItems { get; init; }

    /// <summary>Those of <see cref="Items"/> that have a caption.</summary>
    public long Captioned { get; init; }

    /// <summary>Those of <see cref="Items"/> that have all their label files, at least one.</summary>
    public long Labelled { get; init; }

    /// <summary>Bytes of originals that are still to be copied; 0 where they are linked.</summary>
    public long OriginalBytes { get; init; }
}

/// <summary>Checks that an augmentation can be done, and counts what is to be done; writes nothing.</summary>
internal sealed class AugmentationPlanner(AugmentationScan scan)
{
    private readonly Dataset _dataset = scan.Dataset;
    private readonly AugmentationOptions _options = scan.Options;

    /// <summary>The plan of a run into a folder.</summary>
    /// <exception cref="LumenException">The data set cannot be augmented, or not into this folder.</exception>
    public AugmentationPlan Plan(string output)
    {
        RequireApart(_dataset.Root, Path.GetFullPath(output));
        RequireLinksInside();
        var recorded = AugmentationScan.Recorded(output);
        RequireOwnFolder(output, recorded.Keys.Select(variant => variant.Item1).ToHashSet(StringComparer.Ordinal));
        SourceWarnings.RequireIgnored(_dataset, scan.Split, _options);
        var (items, pending, bytes, warnings) = (0L, 0L, 0L, new SourceWarnings(_dataset, _options));
        var (captioned, labelled) = (0L, 0L);
        var domains = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in scan.Items())
        {
            items++;
            warnings.Look(item);
            RequireOwnName(item, names);
            RequireUsable(item);
            captioned += string.IsNullOrWhiteSpace(item.Caption) ? 0 : 1;
            labelled += item.Labels.Count > 0 && item.Labels.All(label => _dataset.Has(label.Name)) ? 1 : 0;
            var own = scan.Pending(item, recorded).Count;
            pending += own;
            if (own > 0 && !_options.HardLinks)
                bytes += own * item.Labels.Sum(label => FileFacts.Of(_dataset.FullPath(label.Name))?.Length ?? 0);
            for (var number = 0; number < _options.Variants; number++)
            {
                var choice = scan.Prompt(item, number);
                var name = choice.Style.Length > 0 ? $"{choice.Domain} x {choice.Style}" : choice.Domain;
                domains[name] = domains.GetValueOrDefault(name) + 1;
            }
        }
        if (items == 0 && _options.Shard.Count == 1)
            throw new LumenException($"The part {scan.Split} of {_dataset.Root} holds no pictures. Run lumen data check {_dataset.Root}.");
        var total = items * _options.Variants;
        var heldOut = AugmentationScan.HeldOut(_dataset, scan.Split).Sum(split => _dataset.Items(split).LongCount());
        return new AugmentationPlan(scan.Split, items, total, total - pending, heldOut, bytes, domains)
        {
            Warnings = warnings.Sentences,
            PartItems = scan.Count,
            Captioned = captioned,
            Labelled = labelled,
            OriginalBytes = BytesToCopy(output),
        };
    }

    private long BytesToCopy(string output) =>
        _options.HardLinks
            ? 0
            : scan.Originals()
                .Where(name => _dataset.Has(name) && FileFacts.OfName(Path.Combine(output, name)) is null)
                .Sum(name => FileFacts.Of(_dataset.FullPath(name))?.Length ?? 0);

    private static void RequireApart(string dataset, string output)
    {
        var (from, to) = (RealPath.Of(dataset), RealPath.Of(output));
        if (RealPath.IsInside(from, to) || RealPath.IsInside(to, from))
            throw new LumenException(
                $"The output folder {output} and the data set {dataset} lie in one another. The original stays untouched only if "
                    + "they are apart: choose another `Output`."
            );
    }

    // Lists are written anew from one data set, so that what another one has brought would be lost from them.
    private void RequireOwnFolder(string output, HashSet<string> sources)
    {
        if (sources.Count == 0)
        {
            RequireNothingElse(output);
            return;
        }
        string[] absent = [.. sources.Where(source => !_dataset.Has(source)).Order(StringComparer.Ordinal)];
        if (absent.Length * 2 > sources.Count)
            throw new LumenException(
                LumenErrorKind.File,
                $"{output} was begun with another data set: {absent.Length} of the {sources.Count} pictures that it has variants of are "
                    + $"not in {_dataset.Root}, the first of them {absent[0]}. Choose another `Output`, or give the data set that it was "
                    + "begun with."
            );
    }

    private static void RequireNothingElse(string output)
    {
        if (!Directory.Exists(output))
            return;
        string[] others =
        [
            .. Directory
                .EnumerateFileSystemEntries(output)
                .Select(path => Path.GetFileName(path))
                .Where(name => DatasetTree.Counts(name) && name is not "lumen" and not "lost+found")
                .Order(StringComparer.Ordinal),
        ];
        if (others.Length == 0 || File.Exists(Path.Combine(output, AugmentationSettings.File))) // looked for last: it is written first
            return;
        throw new LumenException(
            LumenErrorKind.File,
            $"The output folder {output} holds {others[0]}{(others.Length > 1 ? $" and {others.Length - 1} more" : "")}, but nothing "
                + "that lumen augment has begun. New pictures would lie among other things: choose another `Output`, or empty it."
        );
    }

    private void RequireLinksInside()
    {
        if (_dataset.Tree.BadLinks().FirstOrDefault(link => link.IsOutside).Fault is { } outside)
            throw new LumenException(
                $"{_dataset.Root} cannot be augmented: {outside} Copy what it leads to into its place, or follow links with `Links` if "
                    + "the data set is meant to be made of links to files elsewhere."
            );
    }

    private void RequireOwnName(DatasetItem item, Dictionary<string, string> names)
    {
        var stem = DatasetTree.Stem(item.Picture);
        if (names.TryAdd(stem, item.Picture))
            return;
        var twice =
            names[stem] == item.Picture
                ? $"{item.Picture} is listed twice{(item.Place is null ? "" : $" (again as {item.Place})")}, so its copies "
                    + "would be made twice"
                : $"{names[stem]} and {item.Picture} differ only in their ending, so their copies would be one";
        throw new LumenException($"{twice}. Run lumen data check {_dataset.Root}.");
    }

    private void RequireUsable(DatasetItem item)
    {
        if (item.IsGenerated)
            throw new LumenException(
                $"{_dataset.Root} holds generated pictures ({item.Picture}), as its manifest says. Give `Dataset` the original data set."
            );
        if (
            _options.Size is not null
            && (item.Labels.FirstOrDefault(label => !label.IsPng)?.Name ?? (_dataset.ListsHoldGeometry ? "its lists" : null))
                is { } outlines
        )
            throw new LumenException(
                $"Labels of {_dataset.Root} cannot be brought to another size: {outlines} hold places in pixels. Leave out `Size`."
            );
    }
}

/// <summary>Warnings about the sources of an augmentation, before anything is done.</summary>
internal sealed class SourceWarnings(Dataset dataset, AugmentationOptions options)
{
    private (long Count, string First, int Orientation) _turned;
    private (long Count, string First) _unmasked;

    /// <summary>The warnings, a sentence each.</summary>
    public IReadOnlyList<string> Sentences =>
        [
            .. _turned.Count > 0 ? [DatasetNotes.Turned(_turned.Count, _turned.First, _turned.Orientation)] : Array.Empty<string>(),
            .. _unmasked.Count > 0
                ?
                [
                    $"trusted/ will not hold copies of {_unmasked.Count} label files, the first is {_unmasked.First}: only PNG of a "
                        + "known kind can be masked.",
                ]
                : Array.Empty<string>(),
        ];

    /// <summary>Refuses masking where no class id is known to be ignored.</summary>
    /// <exception cref="LumenException">None is known.</exception>
    public static void RequireIgnored(Dataset dataset, string split, AugmentationOptions options)
    {
        if (options.IgnoreBelow is null)
            return;
        var conflict = options.IgnoreLabel is { } label
            ? IgnoredValue.WithoutColour(dataset, split, label)
            : IgnoredValue.Conflict(dataset, split);
        if (conflict is null)
            return;
        throw new LumenException(
            "Pixels below `IgnoreBelow` cannot be set to an ignored class, because nothing says which id that is in "
                + $"{dataset.Root}: {conflict}. Give `IgnoreLabel` N (an id that no class has), or name a class void in classes.txt."
        );
    }

    /// <summary>Looks at a source. What cannot be read is reported when its turn comes.</summary>
    public void Look(DatasetItem item)
    {
        if (
            options.IgnoreBelow is not null
            && item.Labels.FirstOrDefault(label => label.IsPicture && !(label.IsPng && (label.Ignore ?? options.IgnoreLabel) is not null))
                is { } label
        )
            _unmasked = (_unmasked.Count + 1, _unmasked.First ?? label.Name);
        try
        {
            if (item.Labels.Count == 0 && !dataset.ListsHoldGeometry)
                return;
            if (PictureReader.ReadFacts(dataset.FullPath(item.Picture)).Orientation is var orientation && orientation != 1)
                _turned = _turned.Count == 0 ? (1, item.Picture, orientation) : _turned with { Count = _turned.Count + 1 };
        }
        catch (LumenException)
        {
            // SourceFile names it.
        }
    }
}
