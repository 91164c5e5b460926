using Lumen.Testing;
using Lumen.Testing.Mutations;
using Xunit;

namespace Lumen.Tests;

/// <summary>
/// Alone: what it allocates makes the garbage collector run at moments that TorchSharp's numbers do not survive (docs/pitfalls.md, known
/// and not held).
/// </summary>
[CollectionDefinition(nameof(ReaderMutationTests), DisableParallelization = true)]
public sealed class ReaderMutationCollection;

/// <summary>
/// Whatever is done to a file from outside: it is read, or refused with a sentence. The benchmark <c>mutations</c> does the same ten times
/// as often.
/// </summary>
[Collection(nameof(ReaderMutationTests))]
public sealed class ReaderMutationTests
{
    private const int Mutations = 2_000;

    [Fact]
    public void Two_thousand_mutations_of_all_readers_files_are_read_or_refused_with_a_sentence()
    {
        using var folder = new TempFolder();
        var subjects = MutationSubjects.In(folder.Path);
        var faults = subjects.SelectMany(subject => MutationOutcome.Of(subject, 1 + Mutations / subjects.Count, seed: 7).Faults).ToList();
        Assert.True(faults.Count == 0, string.Join(Environment.NewLine, faults.Take(10)));
    }

    [Fact]
    public void The_same_seed_does_the_same_damage_and_reaches_both_outcomes()
    {
        using var folder = new TempFolder();
        var file = folder.File("a.json");
        File.WriteAllText(file, """{"a": 1, "b": [true, "text"]}""");
        List<string> first = [],
            second = [];
        var outcome = MutationOutcome.Of(new MutationSubject("plain", file, () => Read(first)), 200, seed: 3);
        MutationOutcome.Of(new MutationSubject("plain", file, () => Read(second)), 200, seed: 3);
        Assert.Equal(first, second);
        Assert.True(outcome is { Read: > 20, Refused: > 20, Faults.Count: 0 }, $"{outcome}");
        Assert.Equal(
            ["JsonReaderException"],
            MutationOutcome
                .Of(new MutationSubject("careless", file, () => ReadCarelessly(file)), 200, seed: 3)
                .Faults.Select(fault => fault.Split(": ")[1])
                .Distinct()
        );

        void Read(List<string> seen)
        {
            seen.Add(Convert.ToHexString(File.ReadAllBytes(file)));
            Lumen.Files.JsonFile.Read(file);
        }
    }

    private static void ReadCarelessly(string file)
    {
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(file));
    }
}
