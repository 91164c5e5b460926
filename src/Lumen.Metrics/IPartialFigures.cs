namespace Lumen.Metrics;

/// <summary>
/// Figures over many pictures that several processes can measure a part of each. Whole numbers add up in any order; of sums the last bits
/// depend on it, so whoever wants the same figures from any number of processes adds them in the order of the pictures.
/// </summary>
public interface IPartialFigures
{
    /// <summary>What was counted, always as many numbers.</summary>
    IReadOnlyList<long> Counts { get; }

    /// <summary>What was added up; may grow with what was measured.</summary>
    IReadOnlyList<double> Sums { get; }

    /// <summary>Takes in the <see cref="Counts"/> of another part.</summary>
    /// <exception cref="ArgumentException">They are of other figures.</exception>
    void AddCounts(ReadOnlySpan<long> counts);

    /// <summary>Takes in the <see cref="Sums"/> of the part that follows.</summary>
    /// <exception cref="ArgumentException">They are of other figures.</exception>
    void AddSums(ReadOnlySpan<double> sums);
}

/// <summary>What all of them do with their numbers.</summary>
internal static class PartialFigures
{
    /// <summary>Adds numbers, one by one.</summary>
    /// <exception cref="ArgumentException">There are not as many.</exception>
    public static void Add<T>(Span<T> sum, ReadOnlySpan<T> numbers)
        where T : System.Numerics.INumber<T>
    {
        Require(sum.Length, numbers.Length);
        for (var i = 0; i < sum.Length; i++)
            sum[i] += numbers[i];
    }

    /// <summary>Refuses what is of other figures.</summary>
    public static void Require(int expected, int found)
    {
        if (found != expected)
            throw new ArgumentException($"A part of these figures has {expected} numbers, but {found} were given.");
    }
}
