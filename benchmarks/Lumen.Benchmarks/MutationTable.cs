using Lumen.Testing;
using Lumen.Testing.Mutations;

namespace Lumen.Benchmarks;

/// <summary>
/// Damages a file of every reader again and again: all that may come of it is that it is read, or a sentence for the user.
/// </summary>
internal static class MutationTable
{
    private const int MostShown = 3; // of a reader

    /// <summary>Prints a line per reader.</summary>
    /// <param name="count">Mutations in all.</param>
    /// <param name="seed">The same damage for the same seed.</param>
    /// <param name="only">Part of the readers' names; all if empty.</param>
    /// <exception cref="LumenException">Something else came of one.</exception>
    public static void Run(int count, int seed, string only)
    {
        using var folder = new TempFolder();
        var subjects = MutationSubjects
            .In(folder.Path)
            .Where(subject => subject.Name.Contains(only, StringComparison.OrdinalIgnoreCase))
            .ToList();
        if (subjects.Count == 0)
            throw new LumenException($"No reader is called \"{only}\".");
        var faults = new List<string>();
        var (read, refused, wrong) = (0, 0, 0);
        Console.WriteLine($"{"reader", -48} {"read", 8} {"refused", 8} {"faults", 8}");
        for (var index = 0; index < subjects.Count; index++)
        {
            var own = count / subjects.Count + (index < count % subjects.Count ? 1 : 0);
            var outcome = MutationOutcome.Of(subjects[index], own, seed);
            Console.WriteLine($"{outcome.Subject, -48} {outcome.Read, 8} {outcome.Refused, 8} {outcome.Faults.Count, 8}");
            (read, refused, wrong) = (read + outcome.Read, refused + outcome.Refused, wrong + outcome.Faults.Count);
            faults.AddRange(outcome.Faults.Take(MostShown));
        }
        Console.WriteLine($"{"together", -48} {read, 8} {refused, 8} {wrong, 8}");
        foreach (var fault in faults)
            Console.WriteLine(fault);
        if (wrong > 0)
            throw new LumenException($"{wrong} of {count} mutations gave neither a reading nor a sentence.");
    }
}
