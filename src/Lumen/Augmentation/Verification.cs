using Lumen.Core;

namespace Lumen.Augmentation;

/// <summary>Compares every file of an enlarged data set with its manifest.</summary>
public static class Verification
{
    /// <summary>Hashes pictures, copies of labels, maps, and the sources that are there.</summary>
    /// <param name="folder">The enlarged data set.</param>
    /// <param name="progress">Told the number of pictures.</param>
    /// <param name="stop">Stops between pictures.</param>
    /// <exception cref="LumenException">There is no manifest, or a line cannot be read.</exception>
    public static VerificationReport Run(string folder, IProgress<long>? progress = null, CancellationToken stop = default)
    {
        var entries = Manifest.Read(folder);
        if (entries.Count == 0) throw new LumenException($"{folder} holds no manifest.jsonl with lines in it, so there is nothing to verify. Give the folder that lumen augment wrote.");
        var (files, items, faults, hashes) = (0L, 0L, new List<string>(), new Dictionary<string, string>(StringComparer.Ordinal));
        var withOriginals = AugmentationSettings.HasOriginals(folder);
        foreach (var entry in entries.Where(entry => entry.Item is not null))
        {
            stop.ThrowIfCancellationRequested();
            Compare(entry.Item!, entry.Sha256!, "");
            foreach (var file in entry.Labels.Concat(entry.Extras)) Compare(file.File, file.Sha256, $" ({entry.Item})");
            if (withOriginals)
            {
                Compare(entry.Source, entry.SourceSha256, $" (source of {entry.Item})");
                foreach (var label in entry.Labels.Where(label => label.Source is not null)) Compare(label.Source!, label.Sha256, $" (source of {label.File})");
            }
            items++;
            progress?.Report(items);
        }
        return new VerificationReport(items, files, faults);

        void Compare(string name, string expected, string whose)
        {
            if (hashes.TryGetValue(name, out var known) && known == expected) return;
            var path = Path.Combine(folder, name);
            if (!File.Exists(path))
            {
                faults.Add($"{name}{whose} is missing.");
                return;
            }
            files++;
            hashes[name] = ItemHash.OfFile(path);
            if (hashes[name] != expected) faults.Add($"{name}{whose} was changed: its SHA-256 begins with {hashes[name][..12]}, the manifest says {expected[..Math.Min(12, expected.Length)]}.");
        }
    }
}
