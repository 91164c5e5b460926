using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace Lumen.Generation;

/// <summary>Something wrong with options.</summary>
/// <param name="Properties">The properties it is about.</param>
/// <param name="Text">A sentence with <c>{0}</c>, <c>{1}</c> in their places, so that a caller can call them by names of its own.</param>
public sealed record OptionFault(IReadOnlyList<string> Properties, string Text)
{
    /// <summary>The sentence.</summary>
    /// <param name="name">What a property is called; null: its own name in backticks.</param>
    public string Sentence(Func<string, string>? name = null) =>
        string.Format(
            CultureInfo.InvariantCulture,
            Text,
            [.. Properties.Select(property => (object)(name?.Invoke(property) ?? $"`{property}`"))]
        );

    /// <summary>Refuses faults, all of them in one message.</summary>
    /// <param name="faults">The faults; none is fine.</param>
    /// <param name="name">What a property is called; null: its own name in backticks.</param>
    /// <exception cref="LumenException">There are faults.</exception>
    public static void Refuse(IReadOnlyList<OptionFault> faults, Func<string, string>? name = null)
    {
        if (faults.Count > 0)
            throw new LumenException(LumenErrorKind.Option, string.Join(" ", faults.Select(fault => fault.Sentence(name))));
    }
}

/// <summary>Holds options to the <see cref="RangeAttribute"/> of their properties.</summary>
internal static class OptionRanges
{
    /// <summary>The properties that are out of their range, in their order. Null is fine, NaN is not.</summary>
    public static IEnumerable<OptionFault> Faults<T>(T options)
        where T : notnull
    {
        foreach (var property in typeof(T).GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (property.GetCustomAttribute<RangeAttribute>() is not { } range || property.GetValue(options) is not { } value)
                continue;
            var (number, least, most) = (Number(value), Number(range.Minimum), Number(range.Maximum));
            if (!(range.MinimumIsExclusive ? number > least : number >= least) || !(number <= most))
                yield return new OptionFault(
                    [property.Name],
                    string.Create(CultureInfo.InvariantCulture, $"{{0}} must be {Words(range, most)} but is {value}.")
                );
        }
    }

    private static string Words(RangeAttribute range, double most)
    {
        if (range.MinimumIsExclusive)
            return FormattableString.Invariant($"above {range.Minimum} and at most {range.Maximum}");
        return most >= int.MaxValue
            ? FormattableString.Invariant($"{range.Minimum} or more")
            : FormattableString.Invariant($"{range.Minimum} to {range.Maximum}");
    }

    private static double Number(object value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);
}
