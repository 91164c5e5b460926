using System.Text;
using Lumen.Augmentation;
using Lumen.Datasets;
using Xunit;

namespace Lumen.Tests.Augmentation;

/// <summary>What is changed, cut, put in or taken out of an augmented data set is named.</summary>
public sealed class VerificationTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    private const string Manifest = "manifest.jsonl";

    [Theory]
    [InlineData("folders")]
    [InlineData("camvid")]
    [InlineData("coco")]
    [InlineData("imagefolder")]
    [InlineData("voc")]
    public void What_a_run_wrote_is_sound_in_any_format(string format)
    {
        var output = Augmented(format);
        var report = Verification.Run(output);
        Assert.Empty(report.Faults);
        Assert.Empty(report.Notes);
        Assert.Equal(64, report.Sha256.Length);
    }

    [Fact]
    public void A_line_cut_from_the_end_of_the_manifest_is_missed()
    {
        var output = Augmented();
        Lines(output, lines => lines[..^1]);
        Assert.Contains(
            Verification.Run(output).Faults,
            fault => fault == $"{Manifest} has 3 lines, but 4 were written: 1 were cut from its end or taken out."
        );
    }

    [Fact]
    public void A_line_taken_out_moved_or_put_in_is_named_by_its_place()
    {
        var output = Augmented();
        var whole = Lines(output, lines => [lines[0], .. lines[2..]]);
        Assert.Contains(
            Verification.Run(output).Faults,
            fault => fault.StartsWith($"{Manifest}, line 2 does not follow on what is before it", StringComparison.Ordinal)
        );
        Lines(output, _ => [whole[0], whole[2], whole[1], whole[3]]);
        Assert.Contains(
            Verification.Run(output).Faults,
            fault => fault.StartsWith($"{Manifest}, line 2 does not follow", StringComparison.Ordinal)
        );
        Lines(output, _ => [.. whole, whole[^1]]);
        Assert.Contains(
            Verification.Run(output).Faults,
            fault => fault.StartsWith($"{Manifest}, line 5 does not follow", StringComparison.Ordinal)
        );
        Lines(
            output,
            _ =>
                [
                    .. whole[..2],
                    ManifestEntry.FromJson(whole[1], "x") is var entry ? (entry with { Previous = null, Variant = 900 }).ToJson() : "",
                    .. whole[2..],
                ]
        );
        Assert.Contains(
            Verification.Run(output).Faults,
            fault => fault.StartsWith($"{Manifest}, line 3 has no digest although those before it do", StringComparison.Ordinal)
        );
        Lines(output, _ => whole);
        Assert.True(Verification.Run(output).IsSound);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_changed_prompt_is_named_by_the_manifest_and_by_the_picture(int line)
    {
        var output = Augmented();
        Lines(
            output,
            lines =>
                [
                    .. lines.Select(
                        (text, at) =>
                            at == line ? text.Replace("\"prompt\":\"a street", "\"prompt\":\"a lane", StringComparison.Ordinal) : text
                    ),
                ]
        );
        var faults = Verification.Run(output).Faults;
        Assert.Contains(
            faults,
            fault =>
                fault.Contains("its prompt is \"a street", StringComparison.Ordinal)
                && fault.Contains("in the picture itself but \"a lane", StringComparison.Ordinal)
        );
        Assert.Contains(
            faults,
            fault =>
                line == 3
                    ? fault.StartsWith($"{Manifest}, line 4 or one before it was changed", StringComparison.Ordinal)
                    : fault.StartsWith($"{Manifest}, line 3 does not follow", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_changed_seed_is_named_also_where_an_earlier_version_wrote_the_manifest()
    {
        var output = AsOfAnEarlierVersion(Augmented());
        var sound = Verification.Run(output);
        Assert.Empty(sound.Faults);
        Assert.Contains(sound.Notes, note => note.Contains("begun by an earlier version", StringComparison.Ordinal));
        Assert.Contains(sound.Notes, note => note.StartsWith("An earlier version wrote this folder", StringComparison.Ordinal));
        Lines(
            output,
            lines =>
                [
                    .. lines.Select(line =>
                        ManifestEntry.FromJson(line, "x") is var entry ? (entry with { Seed = entry.Seed + 1 }).ToJson() : ""
                    ),
                ]
        );
        Assert.Equal(4, Verification.Run(output).Faults.Count(fault => fault.Contains("its seed is", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_folder_of_an_earlier_version_is_gone_on_with_and_chained_from_there()
    {
        var dataset = tiny.Dataset();
        var output = AsOfAnEarlierVersion(Augmented(dataset));
        tiny.Run(dataset, output, TinyGenerator.Options with { Limit = 2, Variants = 3 });
        var report = Verification.Run(output);
        Assert.Empty(report.Faults);
        Assert.Single(report.Notes);
        Lines(output, lines => [.. lines[..^1]]);
        Assert.False(Verification.Run(output).IsSound);
    }

    [Theory]
    [InlineData("camvid", "train.txt")]
    [InlineData("imagefolder", "train/metadata.jsonl")]
    [InlineData("coco", "annotations/instances_train.json")]
    public void A_shortened_list_is_named(string format, string list)
    {
        var output = Augmented(format);
        var found = Directory
            .EnumerateFiles(output, Path.GetFileNameWithoutExtension(list) + "*", SearchOption.AllDirectories)
            .First(path => !path.Contains("/lumen/", StringComparison.Ordinal));
        var text = File.ReadAllText(found);
        File.WriteAllText(found, text[..(text.Length / 2)]);
        Assert.Contains(
            Verification.Run(output).Faults,
            fault => fault.StartsWith($"{Path.GetRelativePath(output, found)} (list) was changed", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void An_added_picture_and_a_changed_or_missing_held_out_one_are_named()
    {
        var output = tiny.Fresh();
        tiny.Run(tiny.Dataset(), output, TinyGenerator.Options with { Variants = 1 });
        var held = DatasetFormats.Open(output).Items("val").Select(item => item.Picture).ToList();
        File.Copy(Path.Combine(output, held[0]), Path.Combine(output, "images", "train", "added.png"));
        File.AppendAllText(Path.Combine(output, held[0]), "x");
        File.Delete(Path.Combine(output, held[1]));
        var faults = Verification.Run(output).Faults;
        Assert.Equal(3, faults.Count);
        Assert.Contains(
            faults,
            fault => fault.StartsWith("images/train/added.png is in the folder although no record names it", StringComparison.Ordinal)
        );
        Assert.Contains(faults, fault => fault.StartsWith($"{held[0]} (original) was changed", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault == $"{held[1]} (original) is missing.");
    }

    [Theory]
    [InlineData("lumen/manifest.head.json", "which says how long manifest.jsonl is, is missing")]
    [InlineData("lumen/lists.json", "which says what the lists are, is missing")]
    [InlineData("lumen/originals.jsonl", "lumen/originals.jsonl is missing")]
    [InlineData("manifest.jsonl", "manifest.jsonl is missing: 4 lines of it were written")]
    public void A_record_that_was_taken_out_is_missed(string record, string sentence)
    {
        var output = Augmented();
        File.Delete(Path.Combine(output, record));
        Assert.Contains(Verification.Run(output).Faults, fault => fault.Contains(sentence, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("lumen/originals.jsonl")]
    [InlineData("lumen/augmentation.json")]
    public void A_record_that_was_changed_is_named(string record)
    {
        var output = Augmented();
        File.AppendAllText(Path.Combine(output, record), "\n");
        Assert.Contains(Verification.Run(output).Faults, fault => fault.StartsWith($"{record} was changed", StringComparison.Ordinal));
    }

    [Fact]
    public void Records_changed_together_with_files_give_another_digest()
    {
        var output = Augmented();
        var before = Verification.Run(output).Sha256;
        Assert.Equal(before, Verification.Run(output).Sha256);
        Assert.NotEqual(before, Verification.Run(Augmented(seed: 2)).Sha256);
    }

    [Fact]
    public void Shards_into_one_folder_are_verified_together()
    {
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        foreach (var shard in new[] { 1, 2 })
            tiny.Run(dataset, output, TinyGenerator.Options with { Shard = (shard, 2), Variants = 1 });
        Assert.Empty(Verification.Run(output).Faults);
        File.Delete(Path.Combine(output, "manifest-2-of-2.jsonl"));
        Assert.Contains(
            Verification.Run(output).Faults,
            fault => fault.StartsWith("manifest-2-of-2.jsonl is missing", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_run_that_was_stopped_is_said_to_be_and_a_rerun_is_sound()
    {
        var (dataset, output) = (tiny.Dataset("camvid"), tiny.Fresh());
        using var stop = new CancellationTokenSource();
        var seen = new List<bool>();
        var options = TinyGenerator.Options with { Variants = 6, CheckpointEvery = TimeSpan.Zero };
        var run = new DatasetAugmentation(tiny.Generator, TinyGenerator.Prompts, options)
            .RunAsync(dataset, output, null, stop.Token)
            .ToBlockingEnumerable(CancellationToken.None);
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var result in run)
            {
                seen.Add(
                    File.ReadAllText(Path.Combine(output, "train.txt"))
                        .Contains(Path.GetFileName(result.Entry!.Item!), StringComparison.Ordinal)
                );
                if (seen.Count == 3)
                    stop.Cancel();
            }
        });
        Assert.True(seen[0]); // listed before the run was over; later checkpoints keep a distance
        var stopped = Verification.Run(output);
        Assert.Empty(stopped.Faults);
        Assert.Contains("was stopped before its end", Assert.Single(stopped.Notes), StringComparison.Ordinal);
        tiny.Run(dataset, output, options);
        Assert.Empty(Verification.Run(output).Faults);
        Assert.Empty(Verification.Run(output).Notes);
    }

    [Fact]
    public void What_a_stopped_run_left_may_be_finished_by_another_number_of_shares()
    {
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        using var stop = new CancellationTokenSource();
        var options = TinyGenerator.Options with { Variants = 6 };
        var half = new DatasetAugmentation(tiny.Generator, TinyGenerator.Prompts, options with { Shard = (1, 2) });
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var _ in half.RunAsync(dataset, output, null, stop.Token).ToBlockingEnumerable(CancellationToken.None))
                stop.Cancel();
        });
        foreach (var share in new[] { 1, 2, 3 })
        {
            Assert.Contains("manifest-1-of-2.jsonl was stopped", Assert.Single(Verification.Run(output).Notes), StringComparison.Ordinal);
            tiny.Run(dataset, output, options with { Shard = (share, 3) });
        }
        Assert.Empty(Verification.Run(output).Notes);
    }

    [Fact]
    public void A_picture_that_is_rejected_with_its_new_prompt_does_not_stay_behind_with_the_old_one()
    {
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        var strict = TinyGenerator.Options with { Limit = 1, Variants = 1, MinAgreement = -1, Retries = 0 };
        tiny.Run(dataset, output, strict, PromptMatrix.Single("a street"));
        var settings = Path.Combine(output, "lumen", "augmentation.json");
        File.WriteAllText(
            settings,
            File.ReadAllText(settings).Replace("\"min_agreement\": -1", "\"min_agreement\": 1", StringComparison.Ordinal)
        );
        var result = Assert.Single(tiny.Run(dataset, output, strict with { MinAgreement = 1 }, PromptMatrix.Single("a lane")));
        Assert.Equal("rejected", result.Entry!.LeftOut);
        Assert.DoesNotContain(Directory.EnumerateFiles(output, "*_lumen0*", SearchOption.AllDirectories), _ => true);
        Assert.Empty(Verification.Run(output).Faults);
    }

    [Theory]
    [InlineData("originals_sha256", "lumen/originals.jsonl")]
    [InlineData("settings_sha256", "lumen/augmentation.json")]
    public void A_digest_taken_out_of_the_head_is_missed(string entry, string record)
    {
        var output = Augmented();
        var head = Path.Combine(output, "lumen", "manifest.head.json");
        var json = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(head))!.AsObject();
        json.Remove(entry);
        File.WriteAllText(head, json.ToJsonString());
        Assert.Equal(
            $"lumen/manifest.head.json lacks the digest of {record}: it was taken out.",
            Assert.Single(Verification.Run(output).Faults)
        );
    }

    private string Augmented(string format = "folders", ulong seed = 1) => Augmented(tiny.Dataset(format), seed);

    private string Augmented(Dataset dataset, ulong seed = 1)
    {
        var output = tiny.Fresh();
        tiny.Run(dataset, output, TinyGenerator.Options with { Limit = 2, Seed = seed });
        return output;
    }

    private static string AsOfAnEarlierVersion(string output)
    {
        Lines(output, lines => [.. lines.Select(line => (ManifestEntry.FromJson(line, "x") with { Previous = null }).ToJson())]);
        foreach (var record in new[] { "manifest.head.json", "lists.json", "originals.jsonl" })
            File.Delete(Path.Combine(output, "lumen", record));
        return output;
    }

    private static string[] Lines(string output, Func<string[], string[]> change)
    {
        var path = Path.Combine(output, Manifest);
        var before = File.ReadAllLines(path);
        File.WriteAllText(path, string.Concat(change(before).Select(line => line + "\n")), new UTF8Encoding(false));
        return before;
    }
}
