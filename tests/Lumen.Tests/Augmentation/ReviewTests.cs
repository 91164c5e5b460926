using Lumen.Augmentation;
using Lumen.Datasets;
using Lumen.Tests.Datasets;
using Xunit;

namespace Lumen.Tests.Augmentation;

/// <summary>New pictures that a person rejected are used by nothing, and every verdict can be verified.</summary>
public sealed class ReviewTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    public static TheoryData<string> Formats => [.. TinyDatasets.Formats];

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_rejected_picture_is_no_part_of_the_data_set_until_it_is_accepted_again(string format)
    {
        var (dataset, output) = (tiny.Dataset(format), tiny.Fresh());
        tiny.Run(dataset, output);
        var before = Pictures(output);
        var items = AugmentationReview.Read(output);
        Assert.All(items, item => Assert.Null(item.Verdict));
        var (rejected, kept) = (items[1], items[2]);
        using (var review = AugmentationReview.Open(output))
        {
            review.Decide([rejected.Name], ReviewVerdict.Rejected, "the car is gone");
            review.Decide([kept.Name], ReviewVerdict.Accepted);
        }
        Assert.Equal(before.Where(picture => picture != rejected.Name), Pictures(output));
        Assert.True(DatasetCheck.Run(DatasetFormats.Open(output), stop: TestContext.Current.CancellationToken).IsSound);
        Assert.All(
            rejected.Entry.Labels.Select(label => label.File).Append(rejected.Name),
            file =>
                Assert.True(!File.Exists(Path.Combine(output, file)) && File.Exists(Path.Combine(output, "lumen", "rejected", file)), file)
        );
        var entry = Assert.Single(Manifest.Read(output), one => one.Item is null);
        Assert.Equal((rejected.Entry.Source, ManifestEntry.RejectedByHand), (entry.Source, entry.LeftOut));
        var report = AugmentationReport.Of(output);
        Assert.Equal((items.Count - 1, 1, 1), (report.Accepted, report.Rejected, report.RejectedByHand));
        Sound(output);

        // The same run again makes nothing, and lists it no more.
        Assert.Empty(tiny.Run(dataset, output));
        Assert.Equal(before.Where(picture => picture != rejected.Name), Pictures(output));
        Sound(output);

        var read = AugmentationReview.Read(output);
        Assert.Equal((ReviewVerdict.Rejected, "the car is gone"), (read[1].Verdict, read[1].Reason));
        Assert.True(File.Exists(read[1].PathOf(read[1].Name)));
        using (var review = AugmentationReview.Open(output))
            review.Decide([rejected.Name], ReviewVerdict.Accepted);
        Assert.Equal(before.Order(StringComparer.Ordinal), Pictures(output).Order(StringComparer.Ordinal));
        Assert.Equal(items.Count, AugmentationReport.Of(output).Accepted);
        Sound(output);
    }

    [Fact]
    public void A_verdict_is_about_one_picture_and_not_about_the_one_that_is_made_in_its_place()
    {
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        tiny.Run(dataset, output, prompts: PromptMatrix.Single("a street"));
        var name = AugmentationReview.Read(output)[0].Name;
        using (var review = AugmentationReview.Open(output))
            review.Decide([name], ReviewVerdict.Rejected);
        tiny.Run(dataset, output, prompts: PromptMatrix.Single("a lane"));
        Assert.Null(AugmentationReview.Read(output)[0].Verdict);
        Assert.Contains(name, Pictures(output));
        Sound(output);
    }

    [Fact]
    public void What_a_kill_left_undone_is_said_and_finished_by_the_next_review()
    {
        var output = Augmented("voc");
        var name = AugmentationReview.Read(output)[0].Name;
        var head = Path.Combine(output, "lumen", "review.head.json");
        using (var review = AugmentationReview.Open(output))
        {
            review.Decide([], ReviewVerdict.Accepted);
            Assert.Contains("\"settled\": true", File.ReadAllText(head), StringComparison.Ordinal);
            review.Decide([name], ReviewVerdict.Rejected);
        }
        // As a kill leaves it between the line and the files.
        var apart = Path.Combine(output, "lumen", "rejected", name);
        File.Move(apart, Path.Combine(output, name));
        File.WriteAllText(head, File.ReadAllText(head).Replace("\"settled\": true", "\"settled\": false", StringComparison.Ordinal));
        Assert.Contains("lumen review", Assert.Single(Verification.Run(output).Notes), StringComparison.Ordinal);
        AugmentationReview.Open(output).Dispose();
        Assert.True(File.Exists(apart));
        Assert.DoesNotContain(name, Pictures(output));
        Sound(output);
    }

    [Fact]
    public void Lines_that_were_changed_cut_or_put_in_are_named_and_not_gone_on_with()
    {
        var output = Augmented();
        var path = Path.Combine(output, "lumen", "review.jsonl");
        using (var review = AugmentationReview.Open(output))
            foreach (var item in AugmentationReview.Read(output))
                review.Decide([item.Name], ReviewVerdict.Rejected);
        var whole = File.ReadAllLines(path);
        Named([.. whole[..^1]], "lines, but");
        Named([whole[0], .. whole[2..]], "does not follow on");
        Named([whole[0].Replace("rejected", "accepted", StringComparison.Ordinal), .. whole[1..]], "does not follow on");
        Named([.. whole[..^1], whole[^1].Replace("rejected", "accepted", StringComparison.Ordinal)], "was changed");
        File.Delete(Path.Combine(output, "lumen", "review.head.json"));
        Named(whole, "is missing");

        void Named(string[] lines, string words)
        {
            File.WriteAllText(path, string.Concat(lines.Select(line => line + "\n")));
            var report = Verification.Run(output);
            Assert.Contains(report.Faults, fault => fault.Contains(words, StringComparison.Ordinal));
            Assert.Throws<LumenException>(() => AugmentationReview.Open(output));
        }
    }

    [Fact]
    public void A_rejected_picture_that_was_changed_or_put_back_by_hand_is_named()
    {
        var output = Augmented();
        var name = AugmentationReview.Read(output)[0].Name;
        using (var review = AugmentationReview.Open(output))
            review.Decide([name], ReviewVerdict.Rejected);
        var apart = Path.Combine(output, "lumen", "rejected", name);
        File.Copy(apart, Path.Combine(output, name));
        Assert.Contains(
            Verification.Run(output).Faults,
            fault => fault.StartsWith($"{name} is in the folder although no record names it", StringComparison.Ordinal)
        );
        File.Delete(Path.Combine(output, name));
        File.AppendAllText(apart, " ");
        Assert.Contains(Verification.Run(output).Faults, fault => fault.Contains("was changed", StringComparison.Ordinal));
    }

    [Fact]
    public void Lists_without_originals_lose_a_picture_and_say_that_they_cannot_have_it_back()
    {
        var (dataset, output) = (tiny.Dataset("voc"), tiny.Fresh());
        tiny.Run(dataset, output, TinyGenerator.Options with { WithOriginals = false });
        var name = AugmentationReview.Read(output)[0].Name;
        using var review = AugmentationReview.Open(output);
        review.Decide([name], ReviewVerdict.Rejected);
        Assert.DoesNotContain(name, Pictures(output));
        Sound(output);
        var fault = Assert.Throws<LumenException>(() => review.Decide([name], ReviewVerdict.Accepted));
        Assert.Contains("hold no originals", fault.Message, StringComparison.Ordinal);
        Sound(output);
    }

    [Theory]
    [InlineData("../../secret.png")]
    [InlineData("nothing.png")]
    [InlineData("")]
    public void A_name_that_the_manifest_does_not_have_is_refused(string name)
    {
        var output = Augmented();
        using var review = AugmentationReview.Open(output);
        Assert.Throws<LumenException>(() => review.Decide([name], ReviewVerdict.Rejected));
        Assert.Equal("", File.ReadAllText(Path.Combine(output, "lumen", "review.jsonl")));
    }

    [Fact]
    public void A_manifest_of_a_stranger_moves_nothing_outside_the_folder()
    {
        var output = Augmented();
        var secret = output + "-secret.png";
        File.WriteAllText(secret, "secret");
        var manifest = Path.Combine(output, "manifest.jsonl");
        var name = AugmentationReview.Read(output)[0].Name;
        File.WriteAllText(
            manifest,
            File.ReadAllText(manifest).Replace($"\"{name}\"", $"\"../{Path.GetFileName(secret)}\"", StringComparison.Ordinal)
        );
        using (var review = AugmentationReview.Open(output))
            Assert.Throws<LumenException>(() => review.Decide([$"../{Path.GetFileName(secret)}"], ReviewVerdict.Rejected));
        Assert.Equal("secret", File.ReadAllText(secret));
    }

    [Fact]
    public void A_folder_is_reviewed_once_at_a_time_and_not_while_it_is_being_made()
    {
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        tiny.Run(dataset, output);
        using (AugmentationReview.Open(output))
        {
            Assert.Contains(
                "in use",
                Assert.Throws<LumenException>(() => AugmentationReview.Open(output)).Message,
                StringComparison.Ordinal
            );
            var more = TinyGenerator.Options with { Variants = 3 };
            Assert.Contains(
                "reviewed",
                Assert.Throws<LumenException>(() => tiny.Run(dataset, output, more)).Message,
                StringComparison.Ordinal
            );
        }
        Assert.NotEmpty(tiny.Run(dataset, output, TinyGenerator.Options with { Variants = 3 }));
    }

    private string Augmented(string format = "folders")
    {
        var output = tiny.Fresh();
        tiny.Run(tiny.Dataset(format), output, TinyGenerator.Options with { Limit = 2 });
        return output;
    }

    private static void Sound(string output)
    {
        var report = Verification.Run(output);
        Assert.Empty(report.Faults);
        Assert.Empty(report.Notes);
    }

    private static List<string> Pictures(string output) => [.. DatasetFormats.Open(output).Items().Select(item => item.Picture)];
}
