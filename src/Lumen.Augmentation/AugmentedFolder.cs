using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Datasets;
using Lumen.Files;

namespace Lumen.Augmentation;

/// <summary>The output folder apart from the new pictures: originals and lists.</summary>
internal sealed class AugmentedFolder(AugmentationScan scan, string output, StagedWriter staged) : IDisposable
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
                staged.Copy(from, name);
            else if (_originals.Has(name))
                continue;
            _originals.Add(name, ItemHash.OfFile(Path.Combine(output, name), stop));
            progress?.Report(new AugmentationProgress(AugmentationStage.Originals, ++done, 0));
        }
        OriginalsSha256 = _originals.Save();
    }

    /// <summary>Writes the lists with all pictures that any process has recorded so far.</summary>
    public void WriteLists()
    {
        using var alone = Lock(Patience);
        WriteListsAlone();
    }

    /// <summary>The same, unless another process is writing them.</summary>
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
            AtomicFile.RemoveLeftovers(folder, TimeSpan.Zero); // no other process writes lists now
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

/// <summary>The lists of an augmented data set with their hashes, written after them: <c>lumen/lists.json</c>.</summary>
internal static class ListsRecord
{
    /// <summary>Where it is.</summary>
    public const string File = "lumen/lists.json";

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes it.</summary>
    /// <param name="folder">The augmented data set.</param>
    /// <param name="lists">Names of its lists.</param>
    public static void Write(string folder, IEnumerable<string> lists)
    {
        var files = new JsonObject();
        foreach (
            var list in lists
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Where(list => System.IO.File.Exists(Path.Combine(folder, list)))
        )
            files[list] = ItemHash.OfFile(Path.Combine(folder, list));
        AtomicFile.Write(
            Path.Combine(folder, File),
            Encoding.UTF8.GetBytes(new JsonObject { ["lists"] = files }.ToJsonString(Indented) + "\n")
        );
    }

    /// <summary>Reads it; null where there is none.</summary>
    /// <exception cref="LumenException">It cannot be read.</exception>
    public static IReadOnlyList<(string Name, string Sha256)>? Read(string folder)
    {
        var path = Path.Combine(folder, File);
        if (FileFacts.OfName(path) is not { } facts)
            return null;
        if (facts.Kind != FileKind.Ordinary)
            throw new LumenException($"{path} is no ordinary file. Expected a file that lumen augment wrote.");
        return [.. JsonFile.Read(path).Required("lists").Entries().Select(list => (list.Name, list.Value.Text()))];
    }
}

/// <summary>
/// The files of an augmented data set by the names that its records give. The records are not trusted: a name must stay inside the
/// folder, also through links, and be that of an ordinary file of bounded size.
/// </summary>
internal sealed class RecordedFiles(string folder)
{
    private const long Largest = 16L << 30;
    private readonly string _root = RealPath.Of(folder);

    /// <summary>Why a name is not read, to follow the name in a sentence; null where it may be.</summary>
    public string? FaultOf(string name)
    {
        if (name.Length == 0 || name.Contains('\\') || !DatasetTree.IsInside(name))
            return "is no name of a file inside the folder, so it is not looked at";
        var path = PathOf(name);
        if (FileFacts.Of(path) is not { } facts)
            return FileFacts.OfName(path) is null ? "is missing" : "is missing: it is a link that leads nowhere";
        if (!RealPath.IsInside(RealPath.Of(path), _root))
            return "leads out of the folder through a link, so it is not looked at";
        if (facts.Kind != FileKind.Ordinary)
            return facts.Kind == FileKind.Folder
                ? "is a folder instead of a file"
                : "is a pipe or a device instead of a file, so it is not looked at";
        return facts.Length > Largest ? $"has {facts.Length} bytes, more than the {Largest} that are read" : null;
    }

    /// <summary>Full path of a name that has no fault.</summary>
    public string PathOf(string name) => Path.Combine(folder, name);

    /// <summary>
    /// Names of all files below the folder but hidden ones, what file managers leave, and what is in <c>lumen/</c>. Links are names, and
    /// are not entered.
    /// </summary>
    public IEnumerable<string> All(string below = "")
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(Path.Combine(_root, below)))
        {
            var name = DatasetTree.Join(below, Path.GetFileName(path));
            if (!DatasetTree.Counts(Path.GetFileName(path)) || name == "lumen")
                continue;
            if (FileFacts.OfName(path) is { Kind: FileKind.Folder })
                foreach (var inner in All(name))
                    yield return inner;
            else
                yield return name;
        }
    }
}
