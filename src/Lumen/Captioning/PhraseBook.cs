using System.Text.RegularExpressions;

namespace Lumen.Captioning;

/// <summary>One question about a picture, with the phrases that may answer it.</summary>
/// <param name="Name">What the template calls it: <c>weather</c>.</param>
/// <param name="Phrases">Two or more answers: <c>in the rain</c>.</param>
public sealed partial record PhraseGroup(string Name, IReadOnlyList<string> Phrases)
{
    /// <summary>
    /// Sentences that a phrase is put into, at <c>{}</c>, before it is embedded; embeddings of several are averaged (Radford et al. 2021,
    /// section 3.1.4).
    /// </summary>
    public IReadOnlyList<string> Prompts { get; init; } = ["a photo of {}"];

    /// <summary>
    /// The share of the softmax over the group, 0...1, from which the best phrase stands out. Below it nothing is said, or
    /// <see cref="None"/>.
    /// </summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>What is said where no phrase stands out; empty for nothing.</summary>
    public string None { get; init; } = "";

    /// <summary>
    /// Other words for a phrase, by the phrase: <c>"at night"</c> also stands in a prompt that says <c>after dark</c>. They are looked for
    /// in prompts and captions; pictures are compared with the phrases alone.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Synonyms { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>
    /// Which of the phrases a text names, by itself or by a synonym, as whole words in any case. Where one lies within another - "white
    /// road" in "a snowy white road" -, the longer one counts.
    /// </summary>
    /// <param name="text">A prompt or caption without syntax of emphasis.</param>
    /// <returns>Numbers of phrases, ascending; empty where the text says nothing about this group.</returns>
    public IReadOnlyList<int> NamedIn(string text)
    {
        var words = Spoken(text);
        var named = new SortedSet<int>();
        var wordings = Phrases
            .SelectMany((phrase, index) => Synonyms.GetValueOrDefault(phrase, []).Prepend(phrase).Select(one => (Index: index, one)))
            .Select(entry => (entry.Index, Words: Spoken(entry.one)))
            .OrderByDescending(entry => entry.Words.Count)
            .ToList();
        var taken = new bool[words.Count];
        foreach (var (index, wanted) in wordings.Where(entry => entry.Words.Count > 0))
            for (var at = 0; at + wanted.Count <= words.Count; at++)
            {
                if (taken.AsSpan(at, wanted.Count).Contains(true) || !words.Skip(at).Take(wanted.Count).SequenceEqual(wanted))
                    continue;
                taken.AsSpan(at, wanted.Count).Fill(true);
                named.Add(index);
            }
        return [.. named];
    }

    private static List<string> Spoken(string text) => [.. Word().Matches(text.ToLowerInvariant()).Select(match => match.Value)];

    [GeneratedRegex(@"[\p{L}\p{N}]+")]
    private static partial Regex Word();
}

/// <summary>The phrases that captions are made of.</summary>
public sealed record PhraseBook
{
    /// <summary>The groups, in the order of the caption.</summary>
    public required IReadOnlyList<PhraseGroup> Groups { get; init; }

    /// <summary>
    /// A caption with a group's name in braces where its phrase goes: <c>a photo of {place} {time}</c>. Where a group says nothing, the
    /// space or comma before it goes too. Null puts one phrase after the other.
    /// </summary>
    public string? Template { get; init; }

    /// <summary>Checks everything at once.</summary>
    /// <exception cref="LumenException">Something cannot be used; all faults are named.</exception>
    public void Validate()
    {
        List<string> faults = [];
        if (Groups.Count == 0)
            faults.Add("there are no groups of phrases");
        foreach (var group in Groups)
        {
            if (group.Phrases.Count < 2)
                faults.Add($"the group {group.Name} has {group.Phrases.Count} phrases, and two are the least that can be told apart");
            if (group.Phrases.Distinct(StringComparer.Ordinal).Count() < group.Phrases.Count)
                faults.Add($"the group {group.Name} has a phrase twice");
            if (group.Phrases.Any(string.IsNullOrWhiteSpace))
                faults.Add($"the group {group.Name} has an empty phrase");
            foreach (var phrase in group.Synonyms.Keys.Except(group.Phrases, StringComparer.Ordinal))
                faults.Add($"the group {group.Name} has synonyms of \"{phrase}\", which is none of its phrases");
            if (group.Threshold is not (>= 0 and <= 1))
                faults.Add($"the threshold of the group {group.Name} must be 0 to 1 but is {group.Threshold}");
            if (group.Prompts.Count == 0 || group.Prompts.Any(prompt => !prompt.Contains("{}", StringComparison.Ordinal)))
                faults.Add($"every prompt of the group {group.Name} must hold {{}} where the phrase goes");
        }
        foreach (var name in CaptionTemplate.Names(Template).Except(Groups.Select(group => group.Name), StringComparer.Ordinal))
            faults.Add($"the template names {{{name}}}, and there is no such group");
        if (faults.Count > 0)
            throw new LumenException(
                LumenErrorKind.Option,
                $"The phrases cannot be used: {string.Join("; ", faults)}. Correct the file or the `Template`."
            );
    }
}
