using System.Text.RegularExpressions;

namespace Lumen.Captioning;

/// <summary>Puts phrases into a caption.</summary>
public static partial class CaptionTemplate
{
    /// <summary>The names in braces.</summary>
    public static IEnumerable<string> Names(string? template) =>
        template is null ? [] : Place().Matches(template).Select(match => match.Groups["name"].Value).Distinct(StringComparer.Ordinal);

    /// <summary>The caption.</summary>
    /// <param name="template">The text with names in braces, or null to join what there is.</param>
    /// <param name="phrases">Names and phrases in order; empty phrases leave nothing, not even the separator before them.</param>
    public static string Fill(string? template, IReadOnlyList<(string Name, string Phrase)> phrases)
    {
        if (template is null)
            return string.Join(' ', phrases.Select(one => one.Phrase).Where(phrase => phrase.Length > 0));
        var filled = Place()
            .Replace(
                template,
                match =>
                    phrases.FirstOrDefault(one => one.Name == match.Groups["name"].Value).Phrase is { Length: > 0 } phrase
                        ? match.Groups["before"].Value + phrase
                        : ""
            );
        return filled.TrimStart(' ', ',').Trim();
    }

    [GeneratedRegex(@"(?<before>,?\s*)\{(?<name>[A-Za-z0-9_-]+)\}")]
    private static partial Regex Place();
}
