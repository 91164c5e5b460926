using System.Text.RegularExpressions;
using Lumen.Models.Text;

namespace Lumen.Augmentation;

/// <summary>
/// Domains times styles. Every new picture draws one of each by weighted rendezvous hashing (Thaler and Ravishankar 1998, weighted by -w /
/// ln u): the draw depends only on the picture's name, its number and the entry's own name, so another domain takes its share from all
/// others and moves nothing between them.
/// </summary>
public sealed class PromptMatrix
{
    private const string DefaultTemplate = "{caption}, {domain}, {style}";

    /// <summary>A matrix.</summary>
    /// <exception cref="LumenException">No words at all, a name that comes twice, a weight that is not above 0, or a template without a
    /// place for the domain.</exception>
    public PromptMatrix(IReadOnlyList<PromptEntry> domains, IReadOnlyList<PromptEntry>? styles = null)
    {
        (Domains, Styles) = (domains, styles ?? []);
        foreach (var (what, entries) in new[] { ("domain", Domains), ("style", Styles) })
        {
            foreach (var entry in entries)
            {
                if (!(entry.Weight > 0 && double.IsFinite(entry.Weight)))
                    throw new LumenException($"The weight of the {what} \"{entry.Name}\" must be above 0 but is {entry.Weight}.");
                if (entries.Count(other => other.Name == entry.Name) > 1)
                    throw new LumenException($"Two {what}s are called \"{entry.Name}\". Give each a name of its own.");
            }
        }
    }

    /// <summary>The domains.</summary>
    public IReadOnlyList<PromptEntry> Domains { get; }

    /// <summary>The styles; may be empty.</summary>
    public IReadOnlyList<PromptEntry> Styles { get; }

    /// <summary>
    /// How a prompt is put together from <c>{caption}</c>, <c>{domain}</c> and <c>{style}</c>. Parts that are empty take their commas with
    /// them.
    /// </summary>
    public string Template { get; init; } = DefaultTemplate;

    /// <summary>What no picture must look like; the domain's and style's own is added.</summary>
    public string Negative { get; init; } = "";

    /// <summary>Words that are taken out of captions, because they describe the look of the source: "by day", "in clear weather".</summary>
    public IReadOnlyList<string> CaptionRemove { get; init; } = [];

    /// <summary>A matrix of one prompt.</summary>
    public static PromptMatrix Single(string prompt, string negative = "") =>
        new([new PromptEntry("prompt", prompt)]) { Template = "{domain}", Negative = negative };

    /// <summary>The prompt of the <paramref name="number"/>th new picture of an item.</summary>
    /// <param name="item">The item's name.</param>
    /// <param name="number">0, 1, ...</param>
    /// <param name="caption">What the source shows; null or empty where nothing is said.</param>
    /// <param name="seed">Seed of the whole augmentation.</param>
    public PromptChoice Choose(string item, int number, string? caption, ulong seed)
    {
        var (domain, style) = (Draw(Domains, "domain", item, number, seed), Draw(Styles, "style", item, number, seed));
        var prompt = Template
            .Replace("{caption}", Cleaned(caption), StringComparison.Ordinal)
            .Replace("{domain}", domain?.Prompt ?? "", StringComparison.Ordinal)
            .Replace("{style}", style?.Prompt ?? "", StringComparison.Ordinal);
        var negative = string.Join(
            ", ",
            new[] { Negative, domain?.Negative, style?.Negative }.Where(part => !string.IsNullOrWhiteSpace(part))
        );
        return new PromptChoice(domain?.Name ?? "", style?.Name ?? "", Tidy(prompt), negative);
    }

    private static PromptEntry? Draw(IReadOnlyList<PromptEntry> entries, string what, string item, int number, ulong seed) =>
        entries.Count == 0
            ? null
            : entries.MaxBy(entry => entry.Weight / -Math.Log(ItemHash.Unit($"{seed}\n{what}\n{entry.Name}\n{item}\n{number}")));

    // A part that is empty leaves no double or loose comma behind.
    private static string Tidy(string prompt) =>
        string.Join(
            ", ",
            prompt
                .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(part => Regex.Replace(part, @"\s+", " "))
        );

    private string Cleaned(string? caption)
    {
        var text = caption ?? "";
        foreach (var words in CaptionRemove.OrderByDescending(words => words.Length))
            text = Regex.Replace(text, $@"(?<!\w){Regex.Escape(words)}(?!\w)", "", RegexOptions.IgnoreCase);
        return WeightedPrompt.Escape(text.Trim().TrimEnd('.')); // brackets of a caption are text
    }
}

/// <summary>A domain (night, fog) or a style (photo, film) of a prompt matrix.</summary>
/// <param name="Name">What it is called in manifests and reports. Its share of the pictures depends on the name, not on its place in the
/// file.</param>
/// <param name="Prompt">Its words.</param>
/// <param name="Weight">Its share of the pictures in relation to the others, above 0.</param>
/// <param name="Negative">What its pictures must not look like.</param>
public sealed record PromptEntry(string Name, string Prompt, double Weight = 1, string Negative = "");

/// <summary>The prompt of one new picture.</summary>
/// <param name="Domain">Name of the domain; empty where there are none.</param>
/// <param name="Style">Name of the style; empty where there are none.</param>
/// <param name="Prompt">The whole prompt.</param>
/// <param name="Negative">The whole negative prompt.</param>
public sealed record PromptChoice(string Domain, string Style, string Prompt, string Negative);
