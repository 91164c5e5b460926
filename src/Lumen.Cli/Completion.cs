using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Lumen.Cli;

/// <summary>
/// What could stand at the cursor of a command line that is being typed. Shells ask in the way of <c>dotnet-suggest</c>:
/// <c>lumen "[suggest:POSITION]" "LINE"</c>.
/// </summary>
internal static partial class Completion
{
    /// <summary>Whether a shell asks, and what for.</summary>
    public static bool IsAsked(IReadOnlyList<string> arguments, out string line, out int position)
    {
        (line, position) = ("", 0);
        if (arguments.Count is 0 or > 2 || Suggest().Match(arguments[0]) is not { Success: true } match)
            return false;
        line = arguments.Count == 2 ? arguments[1] : "";
        position = int.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var given)
            ? given
            : line.Length;
        return true;
    }

    /// <summary>The words that fit, in their order; none where a file is meant.</summary>
    /// <param name="root">The program.</param>
    /// <param name="line">The line as typed, with or without the program's name.</param>
    /// <param name="position">Where the cursor is, in characters from the beginning of the line.</param>
    public static IReadOnlyList<string> At(Command root, string line, int position)
    {
        var typed = line[..Math.Clamp(position, 0, line.Length)];
        typed = ProgramName().Replace(typed, "");
        var word = LastWord().Match(typed).Value;
        var parsed = root.Parse(typed);
        return
        [
            .. parsed
                .GetCompletions(typed.Length)
                .Select(item => item.InsertText ?? item.Label)
                .Where(text => text.StartsWith(word, StringComparison.Ordinal))
                .Where(text =>
                    text.StartsWith("--", StringComparison.Ordinal) ? word.StartsWith('-') : text is not (['-', ..] or ['/', ..])
                )
                .Distinct(),
        ];
    }

    [GeneratedRegex(@"^\[suggest(?::(\d+))?\]$")]
    private static partial Regex Suggest();

    [GeneratedRegex(@"^\s*(?:\S*[/\\])?lumen(?:\.exe)?(?=\s|$)\s*")]
    private static partial Regex ProgramName();

    [GeneratedRegex(@"\S*$")]
    private static partial Regex LastWord();
}
