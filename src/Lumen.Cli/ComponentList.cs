using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Lumen.Cli;

/// <summary>Components as people write them: <c>4</c>, <c>1-8</c>, <c>1,3,5-7</c>, counted from 1 as drawings do.</summary>
internal static class ComponentList
{
    // More components than any backbone has channels; a longer range is a slip and must not fill the memory.
    private const int Most = 100_000;

    public static Argument<int[]> Argument(string what)
    {
        var argument = new Argument<int[]>("LIST")
        {
            Description = $"{what}, counted from 1: 4 or 1-8 or 1,3,5-7.",
            Arity = ArgumentArity.ExactlyOne,
        };
        argument.CustomParser = Parse;
        return argument;
    }

    private static int[] Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var components = new List<int>();
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !TryRead(ends[0], out var first) || !TryRead(ends[^1], out var last) || last < first)
            {
                result.AddError($"LIST must name components, such as 4 or 1-8 or 1,3,5-7, but is \"{text}\".");
                return [];
            }
            components.AddRange(Enumerable.Range(first, last - first + 1));
        }
        return [.. components.Distinct()];
    }

    private static bool TryRead(string text, out int component) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out component) && component is >= 1 and <= Most;
}
