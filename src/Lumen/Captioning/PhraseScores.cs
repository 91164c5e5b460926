using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Captioning;

/// <summary>
/// How near pictures are to phrases: in every group the softmax over the scaled cosines of CLIP (Radford et al. 2021, section 3.1).
/// </summary>
internal sealed class PhraseScores : IDisposable
{
    private readonly ClipModel _clip;
    private readonly Tensor[] _phrases; // [P, E] a group

    /// <summary>Embeds the phrases.</summary>
    /// <param name="clip">The opened model; it stays the caller's.</param>
    /// <param name="book">The phrases.</param>
    /// <exception cref="LumenException">The phrases cannot be used.</exception>
    public PhraseScores(ClipModel clip, PhraseBook book)
    {
        book.Validate();
        _clip = clip;
        _phrases = [.. book.Groups.Select(Embedded)];
    }

    /// <summary>The share of each phrase of each group, 0...1, summing up to 1 in a group.</summary>
    /// <param name="pictures">One or more, of any sizes.</param>
    /// <returns>For every picture, for every group, a share a phrase.</returns>
    public IReadOnlyList<IReadOnlyList<float[]>> Of(IReadOnlyList<Picture> pictures)
    {
        using var scope = NewDisposeScope();
        var embedded = _clip.EmbedPictures(pictures); // [B, E]
        var shares = _phrases
            .Select(phrases => (embedded.mm(phrases.t()) * _clip.LogitScale).softmax(1).cpu().data<float>().ToArray())
            .ToList();
        return [.. Enumerable.Range(0, pictures.Count).Select(Row)];

        IReadOnlyList<float[]> Row(int picture) =>
            [.. shares.Select(all => all.AsSpan(picture * (all.Length / pictures.Count), all.Length / pictures.Count).ToArray())];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var phrases in _phrases)
            phrases.Dispose();
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
