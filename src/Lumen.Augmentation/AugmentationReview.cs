using Lumen.Datasets;
using Lumen.Files;

namespace Lumen.Augmentation;

/// <summary>A new picture, and what a person decided about it.</summary>
/// <param name="Folder">The augmented data set.</param>
/// <param name="Entry">Its line of the manifest, as it was written.</param>
/// <param name="Verdict">The last verdict; null where nobody has looked at it.</param>
/// <param name="Reason">Why, in the person's words.</param>
public sealed record ReviewItem(string Folder, ManifestEntry Entry, ReviewVerdict? Verdict, string? Reason)
{
    /// <summary>Its name, as the manifest has it.</summary>
    public string Name => Entry.Item!;

    /// <summary>Full path of one of its files, wherever it lies now.</summary>
    /// <param name="file">Name of the picture, or of one of its labels or extras.</param>
    /// <exception cref="LumenException">The name leads out of the folder, or is that of no ordinary file.</exception>
    public string PathOf(string file)
    {
        var (recorded, place) = (new RecordedFiles(Folder), ReviewRecord.PlaceOf(file, Verdict == ReviewVerdict.Rejected));
        return recorded.FaultOf(place) is { } fault
            ? throw new LumenException(LumenErrorKind.Dataset, $"{place} {fault}. Run lumen verify {Folder}.")
            : recorded.PathOf(place);
    }
}

/// <summary>
/// Accepts and rejects the new pictures of an augmented data set by hand. A rejected picture is used by nothing any more: its lines are
/// taken out of the lists, its files are moved to <c>lumen/rejected</c>, which no reader enters, and <see cref="Manifest.Read"/> and the
/// report count it as rejected. Every verdict is a line of <c>lumen/review.jsonl</c>, chained like the manifest and bound to the picture's
/// SHA-256, which <see cref="Verification"/> checks.
/// </summary>
public sealed class AugmentationReview : IDisposable
{
    private const int LongestReason = 500;
    private readonly string _folder;
    private readonly DatasetOptions? _options;
    private readonly FolderLock _lock;
    private readonly LineLog _log;
    private readonly ManifestChain _chain = new();
    private ReviewRecord _record;

    private AugmentationReview(string folder, DatasetOptions? options, FolderLock own)
    {
        (_folder, _options, _lock) = (folder, options, own);
        RefuseFaults(ReviewRecord.Read(folder));
        var path = Path.Combine(folder, ReviewRecord.File);
        _log = LineLog.Append(path);
        foreach (var (_, line) in LineLog.Read(path))
            _chain.Add(line);
        _record = ReviewRecord.Read(folder);
    }

    /// <summary>The pictures of a folder with their verdicts, in the manifest's order; nothing is changed.</summary>
    /// <param name="folder">The augmented data set.</param>
    /// <exception cref="LumenException">There is no manifest, or a record cannot be read.</exception>
    public static IReadOnlyList<ReviewItem> Read(string folder)
    {
        RequireManifest(folder);
        return ItemsOf(folder, ReviewRecord.Read(folder));
    }

    /// <summary>Begins a review, and finishes one that was stopped by a kill.</summary>
    /// <param name="folder">The augmented data set.</param>
    /// <param name="options">How its lists are read; null: as usual.</param>
    /// <exception cref="LumenException">There is no manifest, the review was changed by hand, or a run is at work in the
    /// folder.</exception>
    public static AugmentationReview Open(string folder, DatasetOptions? options = null)
    {
        RequireManifest(folder);
        var path = Path.Combine(folder, "lumen", StagedWriter.ReviewLock);
        var own =
            FolderLock.TryTake(path, "lumen review")
            ?? throw new LumenException(LumenErrorKind.Dataset, $"{folder} is in use: {FolderLock.HolderOf(path)}. Wait for it.");
        AugmentationReview review;
        try
        {
            foreach (var shard in Directory.EnumerateFiles(Path.Combine(folder, "lumen"), "shard-*-of-*.lock"))
                if (FolderLock.HolderOf(shard) is { } holder)
                    throw new LumenException(LumenErrorKind.Dataset, $"{folder} is in use: {holder}. Review it when that is done.");
            review = new AugmentationReview(folder, options, own);
        }
        catch
        {
            own.Dispose();
            throw;
        }
        try
        {
            if (ReviewHead.Read(folder) is { } head && (!head.Settled || head.Lines != review._chain.Lines))
                review.Settle([]);
            return review;
        }
        catch
        {
            review.Dispose();
            throw;
        }
    }

    /// <summary>The pictures with their verdicts, in the manifest's order.</summary>
    public IReadOnlyList<ReviewItem> Items => ItemsOf(_folder, _record);

    /// <summary>
    /// Decides about pictures. Everything is where it belongs when this returns; after a kill the next review finishes it.
    /// </summary>
    /// <param name="items">Names, as the manifest has them. Give many at once: lists are written once.</param>
    /// <param name="verdict">The verdict.</param>
    /// <param name="reason">Why; may be null.</param>
    /// <exception cref="LumenException">The manifest does not name one of them; or one that was rejected is to come back into lists that
    /// hold no originals, from whose lines its own are made.</exception>
    public void Decide(IReadOnlyCollection<string> items, ReviewVerdict verdict, string? reason = null)
    {
        ArgumentNullException.ThrowIfNull(items);
        if (reason?.Length > LongestReason)
            throw new LumenException(LumenErrorKind.Option, $"A reason has at most {LongestReason} letters.");
        var known = Items.ToDictionary(item => item.Name, StringComparer.Ordinal);
        var chosen = items.Distinct(StringComparer.Ordinal).Select(name => known.GetValueOrDefault(name) ?? throw Unknown(name)).ToList();
        foreach (var item in chosen)
        foreach (var file in item.Entry.Labels.Concat(item.Entry.Extras).Select(file => file.File).Append(item.Name))
            _ = item.PathOf(file); // before anything is recorded
        var back = chosen.Where(item => item.Verdict == ReviewVerdict.Rejected && verdict == ReviewVerdict.Accepted).ToList();
        if (back.Count > 0 && !AugmentationSettings.HasOriginals(_folder) && Dataset().Lists().Any())
            throw new LumenException(
                LumenErrorKind.Dataset,
                $"{back[0].Name} was rejected, and the lists of {_folder} hold no originals, from whose line its own is made. Make it "
                    + "again with lumen augment into another folder."
            );
        foreach (var item in chosen.Where(item => item.Verdict != verdict || item.Reason != reason))
        {
            var line = new ReviewLine
            {
                Previous = _chain.Digest,
                Item = item.Name,
                Sha256 = item.Entry.Sha256!,
                Verdict = verdict,
                Reason = string.IsNullOrWhiteSpace(reason) ? null : reason,
            }.ToJson();
            _log.Add(line);
            _chain.Add(line);
        }
        _log.Flush();
        WriteHead(isSettled: false);
        _record = ReviewRecord.Read(_folder);
        Settle(back);
    }

    /// <summary>Ends the review.</summary>
    public void Dispose()
    {
        _log.Dispose();
        _lock.Dispose();
    }

    // Lists are written while every picture that they name is in its place: what comes back moves before, what leaves moves after.
    private void Settle(IReadOnlyCollection<ReviewItem> back)
    {
        var items = Items;
        foreach (var item in items.Where(item => item.Verdict == ReviewVerdict.Accepted))
            Move(item, isRejected: false);
        var isNeeded = back.Count > 0 || items.Any(item => item.Verdict == ReviewVerdict.Rejected && IsInPlace(item));
        if (isNeeded || ReviewHead.Read(_folder) is { Settled: false })
            WriteLists(items);
        foreach (var item in items.Where(item => item.Verdict == ReviewVerdict.Rejected))
            Move(item, isRejected: true);
        WriteHead(isSettled: true);
    }

    private bool IsInPlace(ReviewItem item) => FileFacts.OfName(Path.Combine(_folder, item.Name)) is not null;

    private void Move(ReviewItem item, bool isRejected)
    {
        var recorded = new RecordedFiles(_folder);
        foreach (var file in item.Entry.Labels.Concat(item.Entry.Extras).Select(file => file.File).Append(item.Name))
        {
            var (from, to) = (ReviewRecord.PlaceOf(file, !isRejected), ReviewRecord.PlaceOf(file, isRejected));
            if (FileFacts.OfName(Path.Combine(_folder, from)) is null)
                continue; // it is there already, or missing, which the verification says
            if (recorded.FaultOf(from) is { } fault)
                throw new LumenException(LumenErrorKind.Dataset, $"{from} {fault}. Run lumen verify {_folder}.");
            var target = Path.Combine(_folder, to);
            if (!RealPath.IsInside(RealPath.Of(target), RealPath.Of(_folder)))
                throw new LumenException(LumenErrorKind.Dataset, $"{to} leads out of the folder through a link. Take the link out.");
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Move(recorded.PathOf(from), target, overwrite: true);
        }
    }

    private void WriteLists(IReadOnlyList<ReviewItem> items)
    {
        var dataset = Dataset();
        if (!dataset.Lists().Any())
            return;
        var names = items.Select(item => item.Name).ToHashSet(StringComparer.Ordinal);
        if (AugmentationSettings.HasOriginals(_folder))
            dataset.WriteLists(
                _folder,
                new DatasetVariants(
                    items
                        .Where(item => item.Verdict != ReviewVerdict.Rejected)
                        .Select(item => new DatasetVariant(item.Entry.Source, item.Entry.Variant, item.Name, item.Entry.Prompt)),
                    withOriginals: true,
                    picture => !names.Contains(picture)
                )
            );
        else
        {
            names = [.. items.Where(item => item.Verdict == ReviewVerdict.Rejected).Select(item => item.Name)];
            dataset.WriteLists(_folder, new DatasetVariants([], withOriginals: true, picture => !names.Contains(picture)));
        }
        ListsRecord.Write(_folder, dataset.Lists());
    }

    private Dataset Dataset() => DatasetFormats.OpenPictures(_folder, options: _options);

    private void WriteHead(bool isSettled) => new ReviewHead(_chain.Lines, _chain.Digest, isSettled).Write(_folder);

    private LumenException Unknown(string name) =>
        new(LumenErrorKind.Option, $"The manifest of {_folder} names no new picture \"{name}\". Give names as lumen review lists them.");

    private static IReadOnlyList<ReviewItem> ItemsOf(string folder, ReviewRecord record) =>
        [
            .. Manifest
                .Recorded(folder)
                .Where(entry => entry is { Item: not null, Sha256: not null })
                .Select(entry =>
                    record.Of(entry) is { } line
                        ? new ReviewItem(folder, entry, line.Verdict, line.Reason)
                        : new ReviewItem(folder, entry, null, null)
                ),
        ];

    private static void RequireManifest(string folder)
    {
        if (Manifest.In(folder).Count == 0 || !Directory.Exists(Path.Combine(folder, "lumen")))
            throw new LumenException(
                LumenErrorKind.Dataset,
                $"{folder} holds no manifest.jsonl, so there is nothing to review. Give the folder that lumen augment wrote."
            );
    }

    private static void RefuseFaults(ReviewRecord record)
    {
        if (record.Faults.Count > 0)
            throw new LumenException(LumenErrorKind.Dataset, $"{record.Faults[0]} The review is not gone on with.");
    }
}
