using System.Text.Json.Serialization;

namespace Lumen.Captioning;

/// <summary>How far a picture shows what its prompt asks for, by a CLIP.</summary>
/// <param name="Groups">The groups that the prompt names a phrase of; at least one.</param>
/// <param name="ClipSha256">SHA-256 of the CLIP's picture tower, without which the figures mean nothing.</param>
public sealed record PromptObedience(IReadOnlyList<ObeyedPhrase> Groups, string ClipSha256)
{
    /// <summary>
    /// The smallest share of all groups, 0...1: a prompt is obeyed as far as the phrase that is obeyed least. From 0.5 on, every phrase
    /// that was asked for outweighs all its rivals together.
    /// </summary>
    public double Score => Groups.Count == 0 ? 0 : Groups.Min(group => group.Share);

    /// <summary>The same of the reference, 0...1; null where there was none. It says what the prompt had to change.</summary>
    [JsonIgnore]
    public double? ReferenceScore => Groups.Count == 0 ? null : Groups.Min(group => group.Reference);
}

/// <summary>One group of phrases, of which the prompt names one.</summary>
/// <param name="Group">Its name: <c>weather</c>.</param>
/// <param name="Phrase">What the prompt asks for: <c>in fog</c>; several are joined by "or".</param>
/// <param name="Share">Its share of the softmax over the group, 0...1.</param>
/// <param name="Reference">The share that the same phrase has in the reference; null where there is none.</param>
/// <param name="Seen">The phrase of the largest share: what the CLIP sees instead, where it is another.</param>
public sealed record ObeyedPhrase(string Group, string Phrase, double Share, double? Reference, string Seen);

/// <summary>The shares that phrases have in one picture, for <see cref="ObedienceEvaluator"/>.</summary>
public sealed class PhraseShares
{
    internal PhraseShares(IReadOnlyList<float[]> groups) => Groups = groups;

    internal IReadOnlyList<float[]> Groups { get; }
}
