using System.Text;

namespace Lumen.Augmentation;

/// <summary>
/// Compares every file of an augmented data set with its records: pictures, labels, maps, originals, lists, the manifest itself, and what
/// is there although nothing names it. Records are not trusted, so nothing outside the folder is looked at.
/// </summary>
public sealed class Verification
{
    private const int MostFaults = 10_000;
    private readonly RecordedFiles _recorded;
    private readonly string _folder;
    private readonly CancellationToken _stop;
    private readonly Dictionary<string, string> _hashes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _faulty = new(StringComparer.Ordinal),
        _known = new(StringComparer.Ordinal);
    private readonly List<string> _faults;
    private long _files;

    private Verification(string folder, List<string> faults, CancellationToken stop) =>
        (_folder, _recorded, _faults, _stop) = (folder, new RecordedFiles(folder), faults, stop);

    /// <summary>Hashes pictures, copies of labels, maps, originals and lists, and follows the manifest's digests.</summary>
    /// <param name="folder">The augmented data set.</param>
    /// <param name="progress">Receives the number of pictures.</param>
    /// <param name="stop">Stops, also in the middle of a file.</param>
    /// <exception cref="LumenException">There is no manifest, or a record cannot be read.</exception>
    public static VerificationReport Run(string folder, IProgress<long>? progress = null, CancellationToken stop = default)
    {
        RequireRecords(folder);
        var manifest = ManifestCheck.Of(folder, stop);
        if (manifest.Entries.Count == 0 && manifest.Faults.Count == 0)
            throw new LumenException(
                $"{folder} holds no manifest.jsonl with lines in it, so there is nothing to verify. Give the folder that lumen "
                    + "augment wrote."
            );
        var review = ReviewRecord.Read(folder, stop);
        manifest.Faults.AddRange(review.Faults);
        manifest.Notes.AddRange(review.Notes);
        var run = new Verification(folder, manifest.Faults, stop);
        run.CompareReview(review, manifest);
        var items = 0L;
        var withOriginals = AugmentationSettings.HasOriginals(folder);
        foreach (var entry in manifest.Entries.Where(entry => entry.Item is not null).OrderBy(entry => entry.Item, StringComparer.Ordinal))
        {
            if (run._faults.Count > MostFaults)
                break;
            run.Compare(entry, withOriginals, review.IsRejected(entry));
            items++;
            progress?.Report(items);
        }
        run.CompareRecords(manifest);
        return new VerificationReport(items, run._files, run._faults) { Notes = manifest.Notes, Sha256 = run.Digest(manifest, review) };
    }

    // Before anything is read: records are files of this folder, too.
    private static void RequireRecords(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        var recorded = new RecordedFiles(folder);
        var place = Path.Combine(folder, "lumen");
        var records = Directory
            .EnumerateFiles(folder, "manifest*.jsonl")
            .Concat(Directory.Exists(place) ? Directory.EnumerateFiles(place, "*.json*") : []);
        foreach (var name in records.Select(path => Path.GetRelativePath(folder, path)))
            if (recorded.FaultOf(name) is { } fault)
                throw new LumenException($"{name} {fault}. Expected the folder that lumen augment wrote.");
    }

    // What was rejected by hand lies apart, and is verified there.
    private void Compare(ManifestEntry entry, bool withOriginals, bool isRejected)
    {
        var item = ReviewRecord.PlaceOf(entry.Item!, isRejected);
        if (Compare(item, entry.Sha256 ?? "", "") && VariantMetadata.FaultOf(_recorded.PathOf(item), entry) is { } fault)
            _faults.Add(fault);
        foreach (var file in entry.Labels.Concat(entry.Extras))
            Compare(ReviewRecord.PlaceOf(file.File, isRejected), file.Sha256, $" ({entry.Item})");
        if (!withOriginals)
            return;
        Compare(entry.Source, entry.SourceSha256, $" (source of {entry.Item})");
        foreach (var label in entry.Labels.Where(label => label.Source is not null))
            Compare(label.Source!, label.Sha256, $" (source of {label.File})");
    }

    private void CompareReview(ReviewRecord review, ManifestCheck manifest)
    {
        var items = manifest.Entries.Where(entry => entry.Item is not null).ToLookup(entry => entry.Item!, StringComparer.Ordinal);
        foreach (var line in review.Lines.Where(line => !items.Contains(line.Item)))
            _faults.Add($"{ReviewRecord.File} is about {line.Item}, which no manifest names.");
    }

    // What earlier versions did not record can only be passed over, and that is said.
    private void CompareRecords(ManifestCheck manifest)
    {
        var originals = OriginalsRecord
            .In(_folder)
            .GroupBy(file => file.Name, StringComparer.Ordinal)
            .Select(group => group.Last())
            .ToList();
        foreach (var (name, hash) in originals)
            Compare(name, hash, " (original)");
        var lists = ListsRecord.Read(_folder);
        foreach (var (name, hash) in lists ?? [])
            Compare(name, hash, " (list)");
        CompareDigests(manifest);
        if (manifest.Heads.Count == 0)
        {
            manifest.Notes.Add(
                "An earlier version wrote this folder: originals that no picture was made from, lists, and files that nothing names "
                    + "are not verified."
            );
            return;
        }
        if (lists is null)
            _faults.Add($"{ListsRecord.File}, which says what the lists are, is missing.");
        _known.UnionWith(Manifest.In(_folder).Select(path => Path.GetFileName(path)));
        foreach (var name in _recorded.All())
        {
            _stop.ThrowIfCancellationRequested();
            if (_faults.Count > MostFaults)
                return;
            if (!_known.Contains(name))
                _faults.Add($"{name} is in the folder although no record names it: it was put there, or left by a run that was stopped.");
        }
    }

    private void CompareDigests(ManifestCheck manifest)
    {
        foreach (var head in manifest.Heads)
        {
            var originals = $"lumen/originals{Path.GetFileNameWithoutExtension(head.Manifest)["manifest".Length..]}.jsonl";
            CompareDigest(head, originals, head.OriginalsSha256);
            CompareDigest(head, AugmentationSettings.File, head.SettingsSha256);
        }
    }

    // A finished head holds the digest of every record that is there: without it the record could be changed unnoticed.
    private void CompareDigest(ManifestHead head, string record, string? expected)
    {
        if (expected is not null)
            Compare(record, expected, "");
        else if (head.Finished && _recorded.FaultOf(record) is null)
            _faults.Add($"{ManifestHead.NameOf(head.Manifest)} lacks the digest of {record}: it was taken out.");
    }

    // One sentence for each name, however often it is named.
    private bool Compare(string name, string expected, string whose)
    {
        _known.Add(name);
        if (_hashes.TryGetValue(name, out var known) && known == expected)
            return true;
        if (known is null && _recorded.FaultOf(name) is { } fault)
        {
            if (_faulty.Add(name))
                _faults.Add($"{name}{whose} {fault}.");
            return false;
        }
        if (known is null)
        {
            _files++;
            known = _hashes[name] = ItemHash.OfFile(_recorded.PathOf(name), _stop);
        }
        if (known == expected)
            return true;
        if (_faulty.Add(name))
            _faults.Add(
                $"{name}{whose} was changed: its SHA-256 begins with {known[..12]}, its record says "
                    + $"{expected[..Math.Min(12, expected.Length)]}."
            );
        return false;
    }

    // One number to write down elsewhere: it changes when records are changed to fit changed files.
    private string Digest(ManifestCheck manifest, ReviewRecord review)
    {
        var text = new StringBuilder();
        foreach (var head in manifest.Heads)
            text.Append(head.Manifest).Append(' ').Append(head.Sha256).Append(' ').Append(head.OriginalsSha256).Append('\n');
        if (ListsRecord.Read(_folder) is { } lists)
            foreach (var (name, hash) in lists)
                text.Append(name).Append(' ').Append(hash).Append('\n');
        if (review.Digest.Length > 0)
            text.Append(ReviewRecord.File).Append(' ').Append(review.Digest).Append('\n');
        return manifest.Heads.Count == 0 ? "" : ItemHash.Of(Encoding.UTF8.GetBytes(text.ToString()));
    }
}

/// <summary>What a verification found.</summary>
/// <param name="Items">Generated pictures in the manifest.</param>
/// <param name="Files">Files that were hashed.</param>
/// <param name="Faults">What is missing, changed, or there although nothing names it; a sentence each.</param>
public sealed record VerificationReport(long Items, long Files, IReadOnlyList<string> Faults)
{
    /// <summary>What could not be verified, and what is not at its end yet; a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>
    /// A digest of everything that is recorded. Written down elsewhere, it shows later whether records were changed together with files.
    /// Empty for folders of earlier versions.
    /// </summary>
    public string Sha256 { get; init; } = "";

    /// <summary>Whether every file is what its record says.</summary>
    public bool IsSound => Faults.Count == 0;
}
