using System.Collections.Concurrent;
using Lumen.Captioning;
using Lumen.Datasets;
using Lumen.Generation;
using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>A picture of the data set as it was read from its files, before its layout is extracted.</summary>
/// <param name="Item">The picture's item.</param>
/// <param name="Pending">The new pictures that are still to be made from it.</param>
internal sealed record SourceFile(DatasetItem Item, IReadOnlyList<(int Number, PromptChoice Prompt)> Pending)
{
    /// <summary>The picture; null where it is not used.</summary>
    public Picture? Picture { get; init; }

    /// <summary>SHA-256 of its file.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>The held-out picture whose file is the same, or null.</summary>
    public string? DuplicateOf { get; init; }

    /// <summary>Pixels of the original that are put back into new pictures, with the hash of their mask file; null for none.</summary>
    public (bool[] Mask, string? MaskSha256)? Kept { get; init; }

    /// <summary>Why it cannot be used; null where it can.</summary>
    public string? Failure { get; init; }

    /// <summary>Reads the files of an item. A file that cannot be read stops the new pictures of this item only.</summary>
    public static SourceFile Read(
        Dataset dataset,
        DatasetItem item,
        IReadOnlyList<(int Number, PromptChoice Prompt)> pending,
        KeptRegions? keep,
        Func<string, string?> duplicateOf
    )
    {
        var file = new SourceFile(item, pending);
        try
        {
            if (!dataset.Has(item.Picture))
                throw new LumenException($"{item.Picture} does not exist. Run lumen data check.");
            if (item.Labels.FirstOrDefault(label => !dataset.Has(label.Name)) is { } missing)
                throw new LumenException($"{item.Picture} has no label: {missing.Name} does not exist. Run lumen data check.");
            var path = dataset.FullPath(item.Picture);
            RequireSizes(dataset, item, path);
            var (picture, hash) = (PictureReader.Read(path), ItemHash.OfFile(path));
            if (duplicateOf(hash) is { } same)
                return file with { Sha256 = hash, DuplicateOf = same };
            return file with
            {
                Picture = picture,
                Sha256 = hash,
                Kept = keep is null ? null : RegionKeeper.MaskOf(dataset, item, keep, picture),
            };
        }
        catch (Exception fault) when (fault is LumenException or IOException or UnauthorizedAccessException)
        {
            return file with { Failure = fault.Message };
        }
    }

    // A label of another size than its picture does not belong to it, nor to the new pictures.
    private static void RequireSizes(Dataset dataset, DatasetItem item, string path)
    {
        var facts = PictureReader.ReadFacts(path);
        var faults = item.Labels.Select(label =>
            LabelSizes.Fault(item, facts, label.Name, LabelReader.SizeOf(dataset.FullPath(label.Name), label))
        );
        if (dataset.ListsHoldGeometry)
            faults = faults.Append(LabelSizes.Fault(item, facts, $"its entry ({item.Place})", item.DeclaredSize));
        if (faults.FirstOrDefault(fault => fault is not null) is { } fault)
            throw new LumenException($"{fault} Both must have one size; run lumen data check.");
    }
}

/// <summary>A picture that new ones are made from, with its layout, which is extracted once for all of them.</summary>
/// <param name="Original">The picture as it is in the data set.</param>
/// <param name="Layout">Its layout at the working size.</param>
/// <param name="LayoutSha256">SHA-256 of the layout's values.</param>
public sealed record SourcePicture(Picture Original, ExtractedLayout Layout, string LayoutSha256) : IDisposable
{
    private int _pending;

    /// <summary>The files it was read from; null for a picture outside a data set.</summary>
    internal SourceFile? File { get; init; }

    /// <summary>What the generator's CLIP sees in it, looked at when it is first asked for; null without one.</summary>
    internal Lazy<PhraseShares>? Seen { get; init; }

    /// <summary>Size at which pictures are generated.</summary>
    public (int Width, int Height) Working => (Layout.Picture.Width, Layout.Picture.Height);

    /// <summary>The same with the padding to whole cells.</summary>
    public (int Width, int Height) Padded => (Layout.Padded.Picture.Width, Layout.Padded.Picture.Height);

    /// <summary>Keeps the layout until <see cref="Release"/> was called as often as this says.</summary>
    internal void Retain(int count) => _pending = count;

    /// <summary>A new picture is done; with the last one the layout is freed.</summary>
    internal void Release()
    {
        if (--_pending == 0)
            Dispose();
    }

    public void Dispose() => Layout.Dispose();
}

/// <summary>Takes the next elements of a sequence on another thread: files are read while pictures are computed.</summary>
internal static class ReadAhead
{
    /// <summary>The same elements in the same order.</summary>
    /// <param name="source">Walked on a thread of its own; what it throws is thrown where the element would be taken.</param>
    /// <param name="capacity">Elements read ahead.</param>
    public static IEnumerable<T> Of<T>(IEnumerable<T> source, int capacity)
    {
        using var leave = new CancellationTokenSource();
        using var ready = new BlockingCollection<T>(capacity);
        var reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            foreach (var one in ready.GetConsumingEnumerable())
                yield return one;
            reading.GetAwaiter().GetResult();
        }
        finally
        {
            leave.Cancel();
            ((IAsyncResult)reading).AsyncWaitHandle.WaitOne();
        }

        void Read()
        {
            try
            {
                foreach (var one in source)
                {
                    if (leave.IsCancellationRequested)
                        return;
                    ready.Add(one, leave.Token);
                }
            }
            catch (OperationCanceledException) when (leave.IsCancellationRequested)
            {
                // The caller has left.
            }
            finally
            {
                ready.CompleteAdding();
            }
        }
    }
}
