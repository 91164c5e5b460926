using Lumen.Captioning;
using Lumen.Datasets;
using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>How the pictures of a folder get captions.</summary>
public sealed record FolderCaptioningOptions
{
    /// <summary>
    /// Whether the classes of label maps are named too: the template's <c>{classes}</c>, or at the end where there is no template.
    /// </summary>
    public bool FromClasses { get; init; }

    /// <summary>The caption with names of groups in braces; null for the phrase book's own.</summary>
    public string? Template { get; init; }

    /// <summary>Pictures in one pass of CLIP.</summary>
    public int BatchSize { get; init; } = 8;
}

/// <summary>One picture with its new caption.</summary>
/// <param name="Picture">Name below the data set's folder.</param>
/// <param name="Caption">The caption; empty where there was nothing to say.</param>
/// <param name="Choices">What CLIP chose; empty without it.</param>
/// <param name="Fault">Why the picture or its label map cannot be read, in whole sentences; null where it was read. Such a picture has no
/// caption.</param>
public sealed record CaptionedPicture(string Picture, string Caption, IReadOnlyList<PhraseChoice> Choices, string? Fault = null);

/// <summary>
/// Captions for the pictures of a folder that have none: by CLIP from given phrases, by the classes of label maps, or by both.
/// </summary>
/// <param name="clip">The opened model, or null for classes alone; it stays the caller's.</param>
/// <param name="book">The phrases, or null for classes alone.</param>
/// <param name="options">What else.</param>
public sealed class FolderCaptioning(ClipModel? clip, PhraseBook? book, FolderCaptioningOptions options)
{
    private const string Classes = "classes";

    /// <summary>
    /// The captions, picture by picture; nothing is written. What cannot be read comes with its fault, and the others go on.
    /// </summary>
    /// <param name="dataset">The data set or plain folder.</param>
    /// <param name="progress">Receives how many pictures are done.</param>
    /// <param name="stop">Stops between passes.</param>
    /// <exception cref="LumenException">The phrases or the template cannot be used.</exception>
    public IEnumerable<CaptionedPicture> Of(Dataset dataset, IProgress<long>? progress = null, CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1);
        var template = options.Template ?? book?.Template;
        CheckTemplate(template);
        using var captioner = clip is null || book is null ? null : new ZeroShotCaptioner(clip, book with { Template = null });
        var done = 0L;
        foreach (var batch in Uncaptioned(dataset).Chunk(options.BatchSize))
        {
            stop.ThrowIfCancellationRequested();
            var read = batch.Select(item => Read(dataset, item)).ToList();
            List<Picture> pictures = [.. read.Select(one => one.Picture).OfType<Picture>()];
            var chosen = new Queue<ZeroShotCaption>(pictures.Count > 0 ? captioner!.Caption(pictures) : []);
            foreach (var (item, one) in batch.Zip(read))
                yield return one.Fault is null
                    ? Captioned(template, item, chosen.TryDequeue(out var choice) ? choice.Choices : [], one.Classes)
                    : new CaptionedPicture(item.Picture, "", [], one.Fault);
            done += batch.Length;
            progress?.Report(done);
        }
    }

    /// <summary>The pictures without a caption, in the data set's order; generated ones have theirs.</summary>
    public static IEnumerable<DatasetItem> Uncaptioned(Dataset dataset) =>
        dataset.Items().Where(item => !item.IsGenerated && dataset.CaptionOf(item) is null);

    private CaptionedPicture Captioned(string? template, DatasetItem item, IReadOnlyList<PhraseChoice> choices, string classes)
    {
        List<(string, string)> phrases =
        [
            .. choices.Select((choice, at) => (choice.Group, choice.StandsOut ? choice.Phrase : book!.Groups[at].None)),
        ];
        if (options.FromClasses)
            phrases.Add((Classes, classes));
        return new(item.Picture, CaptionTemplate.Fill(template, phrases), choices);
    }

    private (Picture? Picture, string Classes, string? Fault) Read(Dataset dataset, DatasetItem item)
    {
        try
        {
            return (
                clip is null || book is null ? null : PictureReader.Read(dataset.FullPath(item.Picture)),
                options.FromClasses ? ClassNames.Joined(ClassNames.Of(dataset, item)) : "",
                null
            );
        }
        catch (Exception fault) when (fault is LumenException or IOException or UnauthorizedAccessException)
        {
            return (null, "", fault.Message);
        }
    }

    private void CheckTemplate(string? template)
    {
        IEnumerable<string> known = book?.Groups.Select(group => group.Name) ?? [];
        if (options.FromClasses)
            known = known.Append(Classes);
        if (!known.Any())
            throw new LumenException(
                LumenErrorKind.Option,
                "There is nothing to make captions of. Give `Clip` and `Phrases`, or `FromClasses` where there are label maps."
            );
        if (CaptionTemplate.Names(template).Except(known, StringComparer.Ordinal).ToList() is { Count: > 0 } unknown)
            throw new LumenException(
                LumenErrorKind.Option,
                $"`Template` names {string.Join(", ", unknown.Select(name => $"{{{name}}}"))}, and there is no such group. There are "
                    + $"{string.Join(", ", known.Select(name => $"{{{name}}}"))}."
            );
    }
}
