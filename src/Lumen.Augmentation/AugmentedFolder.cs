using Lumen.Datasets;
using Lumen.Files;

namespace Lumen.Augmentation;

/// <summary>The output folder apart from the new pictures: originals and lists.</summary>
internal sealed class AugmentedFolder(AugmentationScan scan, string output, StagedWriter outbox) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Dataset _dataset = scan.Dataset;
    private readonly OriginalsRecord _originals = new(output, scan.Options.Shard);

    /// <summary>SHA-256 of the record of originals.</summary>
    public string? OriginalsSha256 { get; private set; }

    /// <summary>Copies or links what is not there yet of the originals; lists are written anew. Several shards share the files.</summary>
    public void CopyOriginals(IProgress<AugmentationProgress>? progress, CancellationToken stop)
    {
        var done = 0L;
        foreach (var name in scan.Originals())
        {
            stop.ThrowIfCancellationRequested();
            if (!_dataset.Has(name))
                continue; // a link that leads nowhere, a pipe: there is no content to copy
            var from = _dataset.FullPath(name);
            if (
                FileFacts.OfName(Path.Combine(output, name)) is not { Kind: FileKind.Ordinary } there
                || there.Length != FileFacts.Of(from)?.Length
            )
                outbox.Copy(from, name);
            else if (_originals.Has(name))
                continue;
            _originals.Add(name, ItemHash.OfFile(Path.Combine(output, name), stop));
            progress?.Report(new AugmentationProgress(AugmentationStage.Originals, ++done, 0));
        }
        OriginalsSha256 = _originals.Save();
    }

    /// <summary>Writes the lists with all pictures that any process has settled so far.</summary>
    public void WriteLists()
    {
        using var alone = Lock(Patience);
        WriteListsAlone();
    }

    /// <summary>The same, unless another process is at it.</summary>
    public void TryWriteLists()
    {
        try
        {
            using var alone = Lock(TimeSpan.Zero);
            WriteListsAlone();
        }
        catch (LumenException fault) when (fault.InnerException is IOException)
        {
            // They are written again later.
        }
    }

    public void Dispose() => _originals.Dispose();

    private void WriteListsAlone()
    {
        foreach (var folder in _dataset.Lists().Select(list => Path.GetDirectoryName(Path.Combine(output, list))!).Distinct())
            AtomicFile.RemoveLeftovers(folder, TimeSpan.Zero); // nobody else writes lists now
        AtomicFile.RemoveLeftovers(Path.Combine(output, "lumen"), Patience);
        var variants = Manifest
            .Read(output)
            .Where(entry => entry.Item is not null)
            .Select(entry => new DatasetVariant(entry.Source, entry.Variant, entry.Item!, entry.Prompt));
        _dataset.WriteLists(output, new DatasetVariants(variants, scan.Options.WithOriginals, scan.IsPartial ? IsThere : null));
        ListsRecord.Write(output, _dataset.Lists());
    }

    /// <summary>The same where there are no lists yet, so that the folder is a data set from the beginning.</summary>
    public void WriteListsIfMissing()
    {
        if (_dataset.Lists().Append(ListsRecord.File).Any(list => !File.Exists(Path.Combine(output, list))))
            WriteLists();
    }

    // With a limit only some originals are here, more where earlier runs had another one.
    private bool IsThere(string name) => FileFacts.OfName(Path.Combine(output, name)) is not null;

    // Shards that end together write one after the other, so that the last one's lists hold everything.
    private FileStream Lock(TimeSpan patience)
    {
        var path = Path.Combine(output, "lumen", "lists.lock");
        for (var until = DateTime.UtcNow + patience; ; Thread.Sleep(100))
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException fault) when (DateTime.UtcNow > until)
            {
                throw new LumenException(
                    $"The lists in {output} are being written by another process for more than {patience.TotalMinutes:0} minutes. "
                        + "Wait for it and run this again.",
                    fault
                );
            }
            catch (IOException)
            {
                // Another shard is writing.
            }
        }
    }
}
