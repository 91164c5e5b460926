using System.CommandLine;
using System.Globalization;
using Lumen.Captioning;

namespace Lumen.Cli;

/// <summary>The options that say which CLIP measures prompt obedience.</summary>
internal sealed class ObedienceFlags
{
    private readonly Option<string?> _clip = Flag.Text(
        "--clip",
        "DIR|none",
        "A whole CLIP in the layout of transformers, which measures how far pictures show what their prompts ask for; none for no such "
            + "figure. Default: the folder clip of the model, if it has one."
    );
    private readonly Option<string?> _phrases = Flag.Text(
        "--phrases",
        "FILE",
        "TOML file with a table of phrases for each question, as for lumen caption. Default: phrases.toml in the folder of the CLIP."
    );

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [_clip, _phrases];

    /// <summary>What was given.</summary>
    public (string? Clip, string? Phrases) Read(ParseResult parsed) =>
        (
            parsed.GetValue(_clip) is { } clip and not "none" ? ModelOptions.Located(clip) : parsed.GetValue(_clip),
            parsed.GetValue(_phrases)
        );

    /// <summary>In a line: <c>obedience 0.93 (time 0.99, weather 0.93)</c>.</summary>
    public static string Said(PromptObedience obedience)
    {
        var groups = string.Join(", ", obedience.Groups.Select(Group));
        return string.Create(CultureInfo.InvariantCulture, $"obedience {obedience.Score:0.00} ({groups})");

        static string Group(ObeyedPhrase group) =>
            string.Create(CultureInfo.InvariantCulture, $"{group.Group} {group.Share:0.00}")
            + (group.Phrase == group.Seen ? "" : $", seen {group.Seen}");
    }
}
