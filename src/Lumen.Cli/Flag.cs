using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Lumen.Cli;

/// <summary>Options whose values are null when they were not given, and whose faults are sentences without names of .NET types.</summary>
internal static class Flag
{
    /// <summary>Any text: a path, a prompt. Words with | between them are what a shell completes.</summary>
    public static Option<string?> Text(string name, string value, string description, params string[] aliases)
    {
        var option = new Option<string?>(name, aliases) { HelpName = value, Description = description };
        if (value.Contains('|', StringComparison.Ordinal))
            Complete(option, value.Split('|').Where(word => word.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-')));
        return option;
    }

    /// <summary>A whole number.</summary>
    public static Option<int?> Whole(string name, string description, params string[] aliases) =>
        Make<int>(
            name,
            "N",
            description,
            "a whole number",
            text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null,
            aliases
        );

    /// <summary>A number.</summary>
    public static Option<double?> Number(string name, string description, params string[] aliases) =>
        Make<double>(
            name,
            "X",
            description,
            "a number",
            text =>
                double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
                    ? value
                    : null,
            aliases
        );

    /// <summary>A seed.</summary>
    public static Option<ulong?> Seed(string name, string description, params string[] aliases) =>
        Make<ulong>(
            name,
            "N",
            description,
            "a whole number of 0 or more",
            text => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null,
            aliases
        );

    /// <summary>Whole numbers with commas between them, as many as <paramref name="value"/> has parts.</summary>
    public static Option<T?> Pixels<T>(string name, string value, string description, Func<int[], T> make)
        where T : struct
    {
        var count = value.Split(',').Length;
        return Make<T>(
            name,
            value,
            description,
            $"{value} in pixels, such as {string.Join(',', new[] { 32, 64, 48, 48 }.Take(count))},",
            Parse,
            []
        );

        T? Parse(string text)
        {
            var parts = text.Split(',');
            var numbers = new int[parts.Length];
            for (var index = 0; index < parts.Length; index++)
            {
                if (!int.TryParse(parts[index], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out numbers[index]))
                    return null;
            }
            return numbers.Length == count ? make(numbers) : null;
        }
    }

    /// <summary>One of some words.</summary>
    public static Option<string?> Choice(string name, IReadOnlyList<string> words, string description, params string[] aliases) =>
        OneOf(name, string.Join('|', words), words, description, aliases);

    /// <summary>One of the names that are registered, by the built-in types or by those of an extension.</summary>
    public static Option<string?> Registered(
        string name,
        string? value,
        Func<LumenRegistry, IReadOnlyList<string>> words,
        string description,
        params string[] aliases
    )
    {
        var option = Text(name, value ?? string.Join('|', words(LumenRegistry.BuiltIn)), description, aliases);
        option.Validators.Add(result => Require(result, name, words(Extensions.Of(result).Registry)));
        return value is null ? option : option.Completing(words(LumenRegistry.BuiltIn));
    }

    /// <summary>One of so many words that the description lists them instead of the value's place.</summary>
    public static Option<string?> OneOf(string name, string value, IReadOnlyList<string> words, string description, params string[] aliases)
    {
        var option = Text(name, value, description, aliases);
        if (!value.Contains('|', StringComparison.Ordinal))
            Complete(option, words);
        option.Validators.Add(result => Require(result, name, words));
        return option;
    }

    private static void Require(OptionResult result, string name, IReadOnlyList<string> words)
    {
        var word = result.Tokens.Count == 1 ? result.Tokens[0].Value : null;
        if (word is not null && !words.Contains(word, StringComparer.Ordinal))
            result.AddError(
                $"{name} must be {string.Join(", ", words.SkipLast(1))} or {words[^1]} but is \"{word}\".{Suggestion.For(word, words)}"
            );
    }

    /// <summary>True if it is there.</summary>
    public static Option<bool> Switch(string name, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, Arity = ArgumentArity.Zero };

    /// <summary>The same option, which must be given.</summary>
    public static Option<T> Mandatory<T>(this Option<T> option)
    {
        option.Required = true;
        return option;
    }

    /// <summary>The same option, of which a shell completes these words.</summary>
    public static Option<T> Completing<T>(this Option<T> option, IEnumerable<string> words)
    {
        Complete(option, words);
        return option;
    }

    private static void Complete(Option option, IEnumerable<string> words) =>
        option.CompletionSources.Add(_ => words.Select(word => new CompletionItem(word)));

    private static Option<T?> Make<T>(string name, string value, string description, string kind, Func<string, T?> parse, string[] aliases)
        where T : struct
    {
        return new Option<T?>(name, aliases)
        {
            HelpName = value,
            Description = description,
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = Parse,
        };

        T? Parse(ArgumentResult result)
        {
            var text = result.Tokens[0].Value;
            var parsed = parse(text);
            if (parsed is null)
                result.AddError($"{name} must be {kind} but is \"{text}\".");
            return parsed;
        }
    }
}
