namespace Lumen.Testing.Mutations;

/// <summary>What came of damaging a reader's file again and again.</summary>
/// <param name="Subject">The reader.</param>
/// <param name="Read">How often it read the damaged file.</param>
/// <param name="Refused">How often it refused it with a sentence.</param>
/// <param name="Faults">Everything else, with the number of the mutation.</param>
public sealed record MutationOutcome(string Subject, int Read, int Refused, IReadOnlyList<string> Faults)
{
    private const double LongestSeconds = 10; // for one reading; the files are tiny

    /// <summary>Damages a file, reads it, and puts it right again.</summary>
    /// <param name="subject">The reader.</param>
    /// <param name="count">How often.</param>
    /// <param name="seed">Same damage for the same seed.</param>
    public static MutationOutcome Of(MutationSubject subject, int count, int seed)
    {
        var sound = File.ReadAllBytes(subject.File);
        subject.Read();
        var (read, refused, faults) = (0, 0, new List<string>());
        try
        {
            for (var number = 0; number < count; number++)
            {
                File.WriteAllBytes(subject.File, Damage.Apply(sound, new Random(HashCode(seed, number))));
                var (before, watch) = (GC.GetAllocatedBytesForCurrentThread(), System.Diagnostics.Stopwatch.StartNew());
                switch (Try(subject))
                {
                    case null:
                        read++;
                        break;
                    case LumenException { Message.Length: > 20 }:
                        refused++;
                        break;
                    case { } error:
                        faults.Add(
                            $"{subject.Name} #{number}: {error.GetType().Name}: "
                                + $"{error.Message}{Environment.NewLine}"
                                + $"{string.Join(Environment.NewLine, (error.StackTrace ?? "").Split('\n').Take(6))}"
                        );
                        break;
                }
                var allocated = (GC.GetAllocatedBytesForCurrentThread() - before) >> 20;
                if (allocated > subject.Megabytes)
                    faults.Add($"{subject.Name} #{number}: {allocated} MiB were allocated.");
                if (watch.Elapsed.TotalSeconds > LongestSeconds)
                    faults.Add($"{subject.Name} #{number}: reading took {watch.Elapsed.TotalSeconds:0.0} s.");
            }
        }
        finally
        {
            File.WriteAllBytes(subject.File, sound);
        }
        return new MutationOutcome(subject.Name, read, refused, faults);
    }

    private static int HashCode(int seed, int number) => unchecked((seed * 1_000_003) + number);

    private static Exception? Try(MutationSubject subject)
    {
        try
        {
            subject.Read();
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }
}
