using Lumen.Imaging;
using static TorchSharp.torch;

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
    private readonly ClipModel _clip;
    private readonly PhraseBook _book;
    private readonly Tensor[] _phrases; // [P, E] a group

    /// <summary>Embeds the phrases.</summary>
    /// <param name="clip">The opened model; it stays the caller's.</param>
    /// <param name="book">The phrases.</param>
    /// <exception cref="LumenException">The phrases cannot be used.</exception>
    public ZeroShotCaptioner(ClipModel clip, PhraseBook book)
    {
        book.Validate();
        (_clip, _book) = (clip, book);
        _phrases = [.. book.Groups.Select(Embedded)];
    }

    /// <summary>Captions of some pictures, in their order.</summary>
    /// <param name="pictures">One or more, of any sizes.</param>
    public IReadOnlyList<ZeroShotCaption> Caption(IReadOnlyList<Picture> pictures)
    {
        using var scope = NewDisposeScope();
        var embedded = _clip.EmbedPictures(pictures); // [B, E]
        var shares = _phrases
            .Select(phrases => (embedded.mm(phrases.t()) * _clip.LogitScale).softmax(1).cpu().data<float>().ToArray())
            .ToList();
        return [.. Enumerable.Range(0, pictures.Count).Select(Of)];

        ZeroShotCaption Of(int picture)
        {
            var choices = _book.Groups.Select((group, index) => Best(group, Row(shares[index], picture, group.Phrases.Count))).ToList();
            var phrases = _book.Groups.Zip(choices, (group, choice) => (group.Name, choice.StandsOut ? choice.Phrase : group.None));
            return new ZeroShotCaption(CaptionTemplate.Fill(_book.Template, [.. phrases]), choices);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var phrases in _phrases)
            phrases.Dispose();
    }

    private static ReadOnlySpan<float> Row(float[] shares, int row, int width) => shares.AsSpan(row * width, width);

    private static PhraseChoice Best(PhraseGroup group, ReadOnlySpan<float> shares)
    {
        var best = 0;
        for (var i = 1; i < shares.Length; i++)
            best = shares[i] > shares[best] ? i : best;
        return new PhraseChoice(group.Name, group.Phrases[best], shares[best], shares[best] >= group.Threshold);
    }

    // [P, E], the mean over the prompts of unit embeddings, of unit length again
    private Tensor Embedded(PhraseGroup group)
    {
        using var scope = NewDisposeScope();
        var sum = group
            .Prompts.Select(prompt =>
                _clip.EmbedTexts([.. group.Phrases.Select(phrase => prompt.Replace("{}", phrase, StringComparison.Ordinal))])
            )
            .Aggregate((a, b) => a + b);
        return (sum / sum.norm(1, keepdim: true)).DetachFromDisposeScope();
    }
}
