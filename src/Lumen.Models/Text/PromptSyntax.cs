using System.Globalization;
using System.Text.RegularExpressions;

namespace Lumen.Models.Text;

/// <summary>What people write in prompts for other programs and Lumen reads as plain text, or as something they hardly mean.</summary>
public static partial class PromptSyntax
{
    private const double Unusual = 3;

    private static readonly (Regex Pattern, string What)[] Foreign =
    [
        (Network(), "loads no LoRA or other network by name: the words in <...> are read as text"),
        (
            Schedule(),
            "does not change the prompt between steps ([from:to:when]): the brackets make the words weigh less, and all of them are read"
        ),
        (
            Alternation(),
            "does not take turns between words ([one|other]): the brackets make the words weigh less, and all of them are read"
        ),
        (Composition(), "does not compose prompts with AND: it is read as the word \"and\""),
        (Break(), "does not cut prompts at BREAK: it is read as the word \"break\""),
        (Choice(), "does not choose between words ({one|other}): all of them are read"),
        (Comma(), "reads weights with a decimal point, as in 1.2: with a comma the number is text"),
        (Wildcard(), "fills in no wildcards (__name__): the name is read as text"),
    ];

    /// <summary>What of a prompt will not do what it does elsewhere.</summary>
    /// <param name="prompt">A prompt as it was typed.</param>
    /// <returns>A sentence for each, without its subject: "loads no LoRA ..." - behind "Lumen".</returns>
    public static IReadOnlyList<string> Warnings(string prompt)
    {
        List<string> warnings =
        [
            .. Foreign
                .Select(row => (row.Pattern.Match(prompt), row.What))
                .Where(found => found.Item1.Success)
                .Select(found => $"{found.What} ({found.Item1.Value.Trim()})"),
        ];
        foreach (var (text, weight) in WeightedPrompt.Parse(prompt).Parts.Where(part => part.Weight is < 0 or > Unusual))
            warnings.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"gives \"{text.Trim()}\" the weight {weight:0.###}, which rarely leaves a picture; put a backslash before "
                        + $"brackets that are part of the text"
                )
            );
        return warnings;
    }

    [GeneratedRegex(@"<(lora|lyco|hypernet|lokr|loha):[^<>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex Network();

    [GeneratedRegex(@"(?<!\\)\[[^\[\]]*:\s*[+-]?[\d.]+\s*\]")]
    private static partial Regex Schedule();

    [GeneratedRegex(@"(?<!\\)\[[^\[\]|]*\|[^\[\]]*\]")]
    private static partial Regex Alternation();

    [GeneratedRegex(@"\bAND\b")]
    private static partial Regex Composition();

    [GeneratedRegex(@"\bBREAK\b")]
    private static partial Regex Break();

    [GeneratedRegex(@"\{[^{}|]*\|[^{}]*\}")]
    private static partial Regex Choice();

    [GeneratedRegex(@"(?<!\\):\s*[+-]?\d+,\d+\s*\)")]
    private static partial Regex Comma();

    [GeneratedRegex(@"__[A-Za-z0-9_/*-]+__")]
    private static partial Regex Wildcard();
}
