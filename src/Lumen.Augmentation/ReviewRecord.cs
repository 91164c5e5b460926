using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lumen.Files;

namespace Lumen.Augmentation;

/// <summary>What a person decided about a new picture.</summary>
public enum ReviewVerdict
{
    /// <summary>It belongs to the data set.</summary>
    Accepted,

    /// <summary>It does not: it is in no list, and its files lie apart.</summary>
    Rejected,
}

/// <summary>A line of <c>lumen/review.jsonl</c>: a verdict about one picture, which the digest of its file names exactly.</summary>
internal sealed record ReviewLine
{
    /// <summary>The format that is written.</summary>
    public const string CurrentFormat = "lumen-review-1";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Version of the line.</summary>
    public string Format { get; init; } = CurrentFormat;

    /// <summary>Digest of all lines before this one, as in the manifest; empty on the first.</summary>
    public required string Previous { get; init; }

    /// <summary>The picture, as the manifest names it.</summary>
    public required string Item { get; init; }

    /// <summary>SHA-256 of its file: one that is made again later is another picture.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The verdict.</summary>
    public required ReviewVerdict Verdict { get; init; }

    /// <summary>Why, in the person's words.</summary>
    public string? Reason { get; init; }

    /// <summary>The line, without its end.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads a line.</summary>
    /// <exception cref="LumenException">It is not a line of a review; <paramref name="place"/> is named.</exception>
    public static ReviewLine FromJson(string line, string place)
    {
        var json = JsonFile.Parse(line, place);
        if (json["format"]?.TryText() != CurrentFormat)
            throw new LumenException($"{place} is not of the format {CurrentFormat}. Expected a review that lumen wrote.");
        return json.As<ReviewLine>(Json);
    }
}

/// <summary>
/// How long a review is, kept beside it in <c>lumen/review.head.json</c>: it shows when lines were cut from its end, and whether files and
/// lists are where the review wants them.
/// </summary>
/// <param name="Lines">Lines of the review.</param>
/// <param name="Sha256">Digest of all of them, see <see cref="ManifestChain"/>.</param>
/// <param name="Settled">Whether files and lists follow it.</param>
internal sealed record ReviewHead(long Lines, string Sha256, bool Settled)
{
    /// <summary>Where it is, below the augmented data set's folder.</summary>
    public const string File = "lumen/review.head.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>Reads it; null where there is none.</summary>
    /// <exception cref="LumenException">It cannot be read.</exception>
    public static ReviewHead? Read(string folder)
    {
        var path = Path.Combine(folder, File);
        if (FileFacts.OfName(path) is not { } facts)
            return null;
        return facts.Kind == FileKind.Ordinary
            ? JsonFile.Read(path).As<ReviewHead>(Json)
            : throw new LumenException($"{path} is no ordinary file. Expected a file that lumen review wrote.");
    }

    /// <summary>Writes it.</summary>
    public void Write(string folder) =>
        AtomicFile.Write(Path.Combine(folder, File), Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, Json) + "\n"));
}

/// <summary>The verdicts of a folder, the last one of each picture.</summary>
internal sealed class ReviewRecord
{
    /// <summary>Where the lines are, below the augmented data set's folder.</summary>
    public const string File = "lumen/review.jsonl";

    /// <summary>Where the files of rejected pictures lie, under the names that they had.</summary>
    public const string Rejected = "lumen/rejected";

    private readonly Dictionary<(string Item, string Sha256), ReviewLine> _lines = [];

    /// <summary>What is wrong with the lines, a sentence each.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>What is not at its end yet, a sentence each.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Digest of all lines; empty where there are none.</summary>
    public string Digest { get; private set; } = "";

    /// <summary>The verdicts.</summary>
    public IReadOnlyCollection<ReviewLine> Lines => _lines.Values;

    /// <summary>Reads a folder's review; empty where nobody has reviewed it.</summary>
    /// <exception cref="LumenException">A line or the head cannot be read.</exception>
    public static ReviewRecord Read(string folder, CancellationToken stop = default)
    {
        var (record, chain, head) = (new ReviewRecord(), new ManifestChain(), ReviewHead.Read(folder));
        var path = Path.Combine(folder, File);
        var headDigest = head?.Lines == 0 ? "" : null;
        if (FileFacts.OfName(path) is not null)
            foreach (var (number, text) in LineLog.Read(path, stop))
            {
                var line = ReviewLine.FromJson(text, $"{path}, line {number}");
                if (line.Previous != chain.Digest)
                {
                    record.Faults.Add(
                        $"{File}, line {number} does not follow on what is before it: the line before was changed, or one was taken "
                            + "out, put in or moved there."
                    );
                    chain.Trust(line.Previous);
                }
                record._lines[(line.Item, line.Sha256)] = line;
                chain.Add(text);
                if (chain.Lines == head?.Lines)
                    headDigest = chain.Digest;
            }
        record.Digest = chain.Digest;
        record.Compare(chain, head, headDigest);
        return record;
    }

    /// <summary>The verdict about a picture as the manifest has it; null for none.</summary>
    public ReviewLine? Of(ManifestEntry entry) =>
        entry is { Item: { } item, Sha256: { } hash } ? _lines.GetValueOrDefault((item, hash)) : null;

    /// <summary>Whether a picture was rejected by hand.</summary>
    public bool IsRejected(ManifestEntry entry) => Of(entry) is { Verdict: ReviewVerdict.Rejected };

    /// <summary>A line of the manifest as it counts after the review: one that was rejected names no picture.</summary>
    public ManifestEntry Applied(ManifestEntry entry) =>
        IsRejected(entry) ? entry with { Item = null, Generated = false, LeftOut = ManifestEntry.RejectedByHand } : entry;

    /// <summary>Where a file of a picture lies.</summary>
    public static string PlaceOf(string file, bool isRejected) => isRejected ? $"{Rejected}/{file}" : file;

    private void Compare(ManifestChain chain, ReviewHead? head, string? digest)
    {
        if (head is null)
        {
            if (chain.Lines > 0)
                Faults.Add($"{ReviewHead.File}, which says how long {File} is, is missing.");
            return;
        }
        if (chain.Lines < head.Lines)
            Faults.Add($"{File} has {chain.Lines} lines, but {head.Lines} were written: {head.Lines - chain.Lines} were taken out.");
        else if (digest != head.Sha256 && Faults.Count == 0)
            Faults.Add(
                $"{File}, line {head.Lines} or one before it was changed: the digest of its lines is another than the recorded one."
            );
        if (!head.Settled || chain.Lines > head.Lines)
            Notes.Add("A review was stopped before its end: files or lists may not follow it yet. Run lumen review, which finishes it.");
    }
}
