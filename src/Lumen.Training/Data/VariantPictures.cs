using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lumen.Augmentation;
using Lumen.Datasets;

namespace Lumen.Training.Data;

/// <summary>
/// Variants of training pictures, as <c>lumen augment</c> recorded them; nothing is decoded yet. A variant belongs to a training picture by
/// its name and by the hash of its file, and is itself the file of that hash.
/// </summary>
internal sealed class VariantPictures
{
    private readonly HashSet<string> _sources;

    private VariantPictures(IReadOnlyList<FolderPicture> pictures, string description, string fingerprint)
    {
        (Pictures, Description, Fingerprint) = (pictures, description, fingerprint);
        _sources = pictures.Select(variant => variant.Of!.Name).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The variants; each says which training picture it is <see cref="FolderPicture.Of"/>.</summary>
    public IReadOnlyList<FolderPicture> Pictures { get; }

    /// <summary>How many there are, and what was left out, in words.</summary>
    public string Description { get; }

    /// <summary>Their number, and a hash over names and contents of variants and sources.</summary>
    public string Fingerprint { get; }

    /// <summary>Whether a training picture has a variant.</summary>
    public bool Have(FolderPicture picture) => _sources.Contains(picture.Name);

    /// <summary>Those of some training pictures.</summary>
    public VariantPictures Of(IReadOnlyList<FolderPicture> train)
    {
        var names = train.Select(picture => picture.Name).ToHashSet(StringComparer.Ordinal);
        return new VariantPictures([.. Pictures.Where(variant => names.Contains(variant.Of!.Name))], Description, Fingerprint);
    }

    /// <summary>Lists the variants of the training pictures of a folder.</summary>
    /// <param name="pairs">Where they are, and which count.</param>
    /// <param name="listed">The folder.</param>
    /// <param name="warn">Told where a training picture has changed since its variants were made.</param>
    /// <param name="stop">Ends the reading.</param>
    /// <exception cref="LumenException">There is no augmented data set, none of it is of these pictures, or a file of it is missing or
    /// another than was recorded.</exception>
    public static VariantPictures List(RecipePairs pairs, FolderPictures listed, Action<string> warn, CancellationToken stop)
    {
        var recorded = Recorded(pairs.Folder);
        List<ManifestEntry> entries = [.. recorded.Where(entry => entry.Item is not null)]; // what was rejected names no picture
        var train = listed.Train.ToDictionary(picture => picture.Name, StringComparer.Ordinal);
        var own = entries.Where(entry => train.ContainsKey(entry.Source)).ToList();
        var good = own.Where(entry => entry.Agreement >= pairs.MinAgreement).ToList();
        var hashes = HashesOf([.. good.Select(entry => train[entry.Source].Path)], stop);
        var isSame = good.ToLookup(entry => hashes[train[entry.Source].Path] == entry.SourceSha256);
        var (same, changed) = (isSame[true].ToList(), isSame[false].ToList());
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(pairs.Folder)));
        string[] left =
        [
            .. Left(entries.Count == 0 ? recorded.Count : 0, "that were rejected when they were made, or by hand"),
            .. Left(own.Count - good.Count, $"with an agreement below {pairs.MinAgreement.ToString(CultureInfo.InvariantCulture)}"),
            .. Left(entries.Count - own.Count, "of pictures that are not trained on"),
            .. Left(changed.Count, "of pictures that have changed since"),
        ];
        var leftOut = left.Length > 0 ? $"; left out: {string.Join(", ", left)}" : "";
        if (same.Count == 0)
            throw new LumenException(
                LumenErrorKind.Dataset,
                $"{pairs.Folder} holds no variant that can be paired with a training picture of {listed.Selection.Folder}{leftOut}. Give "
                    + "`Pairs` what lumen augment made of these very pictures"
                    + (entries.Count == 0 ? " with a lower `MinAgreement`." : ", or lower min_agreement.")
            );
        if (changed.Count > 0)
            warn(
                $"{changed.Count} of the {good.Count} variants in {pairs.Folder} were made of pictures that have changed since, the "
                    + $"first of {changed[0].Source}, and are not used. Run lumen augment on the pictures as they are now, into another "
                    + "folder."
            );
        var files = new DatasetTree(Path.GetFullPath(pairs.Folder)) { Options = listed.Selection.Options };
        FolderPicture[] pictures =
        [
            .. same.Select(entry => new FolderPicture(entry.Item!, files.Full(entry.Item!)) { Of = train[entry.Source] }),
        ];
        RequireRecorded(pairs.Folder, same, pictures, stop);
        var sources = same.Select(entry => entry.Source).Distinct(StringComparer.Ordinal).Count();
        return new VariantPictures(
            pictures,
            $"{name}: {same.Count} variant{(same.Count == 1 ? "" : "s")} of {sources} of the {train.Count} training pictures{leftOut}",
            CorpusFingerprint.Words(
                same.Count,
                "pair",
                same.Select(entry =>
                    SHA256.HashData(Encoding.UTF8.GetBytes($"{entry.Source}\n{entry.SourceSha256}\n{entry.Item}\n{entry.Sha256}"))
                )
            )
        );

        static IEnumerable<string> Left(int count, string why) =>
            count == 0 ? [] : [$"{count.ToString(CultureInfo.InvariantCulture)} {why}"];
    }

    private static IReadOnlyList<ManifestEntry> Recorded(string folder)
    {
        if (!Directory.Exists(folder))
            throw new LumenException(
                LumenErrorKind.File,
                $"There is no augmented data set at {folder}: the folder does not exist. Give one with `Pairs`, or correct \"folder\" in "
                    + "the pairs of the recipe's layout."
            );
        var entries = Manifest.Read(folder);
        return entries.Count > 0
            ? entries
            : throw new LumenException(
                LumenErrorKind.Dataset,
                $"{folder} has no manifest.jsonl, so nothing says which of its pictures belong together. Give `Pairs` the `Output` of "
                    + "lumen augment."
            );
    }

    private static void RequireRecorded(
        string folder,
        IReadOnlyList<ManifestEntry> entries,
        IReadOnlyList<FolderPicture> pictures,
        CancellationToken stop
    )
    {
        var hashes = HashesOf([.. pictures.Select(picture => picture.Path)], stop);
        for (var at = 0; at < pictures.Count; at++)
            if (hashes[pictures[at].Path] is var hash && hash != entries[at].Sha256)
                throw new LumenException(
                    LumenErrorKind.Dataset,
                    $"{pictures[at].Path} is {(hash is null ? "missing" : "another file than its manifest records")}. Run lumen verify "
                        + $"{folder} to see all that is wrong; lumen review takes out what is not wanted."
                );
    }

    private static Dictionary<string, string?> HashesOf(IReadOnlyList<string> paths, CancellationToken stop)
    {
        string[] each = [.. paths.Distinct(StringComparer.Ordinal)];
        var hashes = new string?[each.Length];
        Parallel.For(0, each.Length, new ParallelOptions { CancellationToken = stop }, at => hashes[at] = HashOf(each[at]));
        return each.Zip(hashes).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
    }

    private static string? HashOf(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(file));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
