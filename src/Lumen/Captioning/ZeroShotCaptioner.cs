using Lumen.Imaging;

namespace Lumen.Captioning;

/// <summary>The answer to one group.</summary>
/// <param name="Group">Its name.</param>
/// <param name="Phrase">The best phrase.</param>
/// <param name="Share">Its share of the softmax over the group, 0...1.</param>
/// <param name="StandsOut">Whether that reaches the group's threshold, so that the caption says it.</param>
public sealed record PhraseChoice(string Group, string Phrase, double Share, bool StandsOut);

/// <summary>A caption and what it is made of.</summary>
/// <param name="Text">The caption; empty where nothing stands out and the template says nothing.</param>
/// <param name="Choices">The answer to each group, in order.</param>
public sealed record ZeroShotCaption(string Text, IReadOnlyList<PhraseChoice> Choices);

/// <summary>
/// Captions of given phrases, chosen by CLIP without training (Radford et al. 2021, section 3.1): in every group the phrase whose text
/// embedding is nearest to the picture's, where the softmax over the group's scaled cosines says so clearly.
/// </summary>
public sealed class ZeroShotCaptioner : IDisposable
{
    private readonly PhraseBook _book;
    private readonly PhraseScores _scores;

    /// <summary>Embeds the phrases.</summary>
    /// <param name="clip">The opened model; it stays the caller's.</param>
    /// <param name="book">The phrases.</param>
    /// <exception cref="LumenException">The phrases cannot be used.</exception>
    public ZeroShotCaptioner(ClipModel clip, PhraseBook book) => (_book, _scores) = (book, new PhraseScores(clip, book));

    /// <summary>Captions of some pictures, in their order.</summary>
    /// <param name="pictures">One or more, of any sizes.</param>
    public IReadOnlyList<ZeroShotCaption> Caption(IReadOnlyList<Picture> pictures)
    {
        return [.. _scores.Of(pictures).Select(Of)];

        ZeroShotCaption Of(IReadOnlyList<float[]> shares)
        {
            var choices = _book.Groups.Zip(shares, Best).ToList();
            var phrases = _book.Groups.Zip(choices, (group, choice) => (group.Name, choice.StandsOut ? choice.Phrase : group.None));
            return new ZeroShotCaption(CaptionTemplate.Fill(_book.Template, [.. phrases]), choices);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _scores.Dispose();

    private static PhraseChoice Best(PhraseGroup group, float[] shares)
    {
        var best = Array.IndexOf(shares, shares.Max());
        return new PhraseChoice(group.Name, group.Phrases[best], shares[best], shares[best] >= group.Threshold);
    }
}
