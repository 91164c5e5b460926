using Lumen.Core;
using Lumen.Datasets;

namespace Lumen.Augmentation;

/// <summary>The output folder apart from the new pictures: originals and lists.</summary>
internal sealed class EnlargedFolder(AugmentationScan scan, string output, Outbox outbox)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Dataset _dataset = scan.Dataset;

    /// <summary>Copies or links what is not there yet: all files of the data set but the lists that are written anew. Several shards share the files.</summary>
    public void CopyOriginals(IProgress<AugmentationProgress>? progress, CancellationToken stop)
    {
        var lists = _dataset.Lists().ToHashSet(StringComparer.Ordinal);
        var done = 0L;
        foreach (var name in scan.Options.WithOriginals ? Files("") : Files("", deep: false))
        {
            stop.ThrowIfCancellationRequested();
            if (lists.Contains(name) || !scan.IsMine(name)) continue;
            var (from, to) = (new FileInfo(_dataset.FullPath(name)), new FileInfo(Path.Combine(output, name)));
            if (!to.Exists || to.Length != from.Length) outbox.Copy(from.FullName, name);
            progress?.Report(new AugmentationProgress(AugmentationStage.Originals, ++done, 0));
        }
    }

    /// <summary>Writes the lists with all pictures that any process has settled so far.</summary>
    public void WriteLists()
    {
        using var alone = Lock();
        var variants = Manifest.Read(output).Where(entry => entry.Item is not null).Select(entry => new DatasetVariant(entry.Source, entry.Variant, entry.Item!, entry.Prompt));
        _dataset.WriteLists(output, new DatasetVariants(variants, scan.Options.WithOriginals));
    }

    /// <summary>The same where there are no lists yet, so that the folder is a data set from the beginning.</summary>
    public void WriteListsIfMissing()
    {
        if (_dataset.Lists().Any(list => !File.Exists(Path.Combine(output, list)))) WriteLists();
    }

    // Below the folder itself, without hidden files and without what an augmentation writes of its own.
    private IEnumerable<string> Files(string folder, bool deep = true)
    {
        foreach (var file in _dataset.Tree.Files(folder)) yield return DatasetTree.Join(folder, file);
        if (!deep) yield break;
        foreach (var child in _dataset.Tree.Folders(folder))
            foreach (var file in Files(DatasetTree.Join(folder, child))) yield return file;
    }

    // Shards that end together write one after the other, so that the last one's lists hold everything.
    private FileStream Lock()
    {
        var path = Path.Combine(output, "lumen", "lists.lock");
        for (var until = DateTime.UtcNow + Patience; ; Thread.Sleep(100))
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException fault) when (DateTime.UtcNow > until)
            {
                throw new LumenException($"The lists in {output} are being written by another process for more than {Patience.TotalMinutes:0} minutes. Wait for it and run this again.", fault);
            }
            catch (IOException)
            {
                // Another shard is writing.
            }
        }
    }
}
