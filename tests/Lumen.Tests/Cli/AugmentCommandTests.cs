using System.Text.Json.Nodes;
using Lumen.Testing;
using Lumen.Tests.Datasets;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class AugmentCommandTests(CommandLine cli) : IClassFixture<CommandLine>
{
    [Fact]
    public void A_data_set_goes_in_and_comes_out_augmented_reported_and_verified()
    {
        var (data, output) = (Data("camvid"), cli.File("augmented"));
        var run = Augment(data, output, "--prompts", Matrix(), "--variants", "2", "--data-licence", "CC BY 4.0", "--min-agreement", "-1");
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("camvid, 3 pictures of train; 2 held-out pictures stay untouched", run.Output, StringComparison.Ordinal);
        Assert.Contains("plan     6 new pictures", run.Output, StringComparison.Ordinal);
        Assert.Contains("estimate 5 more pictures at", run.Output, StringComparison.Ordinal);
        Assert.Contains("6 accepted", run.Error, StringComparison.Ordinal);
        Assert.Contains("wrote    6 new pictures", run.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(output, "lumen", "preview.png")));
        Assert.Equal(6, (int)JsonNode.Parse(File.ReadAllText(Path.Combine(output, "lumen", "report.json")))!["accepted"]!);
        Assert.Contains("\"data\":\"CC BY 4.0\"", File.ReadAllText(Path.Combine(output, "manifest.jsonl")), StringComparison.Ordinal);
        Assert.DoesNotContain(
            Path.GetTempPath().TrimEnd('/'),
            File.ReadAllText(Path.Combine(output, "manifest.jsonl")),
            StringComparison.Ordinal
        );

        Assert.Equal(0, CommandLine.Run("data", "check", output).Code);
        Assert.Contains("6 of them generated", CommandLine.Run("data", "info", output).Output, StringComparison.Ordinal);
        Assert.Equal(0, CommandLine.Run("verify", output).Code);
        var picture = Directory.EnumerateFiles(Path.Combine(output, "train"), "*_lumen1.png").First();
        var again = CommandLine.Run("reproduce", picture, "--model", cli.Model, "--output", cli.File("again.png"));
        Assert.True(again.Code == 0, again.Error + again.Output);
        Assert.Equal(File.ReadAllBytes(picture), File.ReadAllBytes(cli.File("again.png")));

        File.AppendAllText(picture, " ");
        var changed = CommandLine.Run("verify", output);
        Assert.Equal(2, changed.Code);
        Assert.Contains("was changed", changed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_that_do_not_obey_are_rejected_and_the_report_says_how_far_all_do()
    {
        var clip = TinyModels.WriteClip(cli.File("clip"));
        File.WriteAllText(Path.Combine(clip, "phrases.toml"), "[time]\nphrases = [\"by day\", \"at night\"]\n");
        var (data, output) = (Data("folders"), cli.File("obedient"));
        string[] asked = ["--prompt", "a street at night", "--clip", clip, "--min-obedience"];
        var run = Augment(data, output, [.. asked, "1", "--retries", "0"]);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("(--min-obedience)", run.Error, StringComparison.Ordinal);
        Assert.Contains("obedience", run.Output, StringComparison.Ordinal);
        var report = JsonNode.Parse(File.ReadAllText(Path.Combine(output, "lumen", "report.json")))!;
        Assert.Equal(0, (int)report["accepted"]!);
        Assert.InRange((double)report["prompts"]![0]!["lowest_obedience"]!, 0, 1);
        Assert.Equal(2, Augment(data, output, [.. asked, "0.5"]).Code); // a folder is finished with what it was begun with
        Assert.Equal(0, Augment(data, output, [.. asked.Take(4), "--retries", "0"]).Code);
    }

    [Fact]
    public void The_agreement_has_a_default_that_a_begun_folder_does_not_change()
    {
        var (data, output) = (Data("folders"), cli.File("default"));
        string[] plain =
        [
            "augment",
            "--dataset",
            data,
            "--output",
            output,
            "--model",
            cli.Model,
            "--prompt",
            "fog",
            "--steps",
            "1",
            "--guidance-scale",
            "1",
            "--leak-check",
            "exact",
            "--retries",
            "0",
        ];
        CommandLine.Run(plain);
        Assert.Equal(0.7, (double)JsonNode.Parse(File.ReadAllText(Path.Combine(output, "lumen", "augmentation.json")))!["min_agreement"]!);
        var begun = cli.File("begun-without");
        plain[4] = begun;
        Assert.Equal(0, CommandLine.Run([.. plain, "--min-agreement", "0"]).Code);
        Assert.Equal(0, CommandLine.Run(plain).Code);
        Assert.Null(JsonNode.Parse(File.ReadAllText(Path.Combine(begun, "lumen", "augmentation.json")))!["min_agreement"]);
    }

    [Fact]
    public void A_limit_is_said_and_so_are_labels_captions_and_what_it_takes()
    {
        File.WriteAllText(cli.File("captioned.toml"), "template = \"{caption}, {domain}\"\n[domains]\nnight = \"at night\"\n");
        var run = Augment(Data("imagefolder"), cli.File("limited"), "--prompts", cli.File("captioned.toml"), "--limit", "2");
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains(
            "limit    of 3 pictures of train, spread over it; only these and their labels are copied.",
            run.Output,
            StringComparison.Ordinal
        );
        Assert.Contains("captions 2 of 2 pictures have a caption", run.Output, StringComparison.Ordinal);
        Assert.Contains("labels   2 of 2 pictures have their labels", run.Output, StringComparison.Ordinal);
        Assert.True(
            run.Output.IndexOf("s each, and", StringComparison.Ordinal)
                < run.Output.IndexOf("estimate 1 more pictures", StringComparison.Ordinal)
        ); // before anything is written
        Assert.Contains("making pictures", run.Error, StringComparison.Ordinal);
        Assert.Contains("1 step is few for", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Photographs_are_not_augmented_with_the_toy_unless_that_is_asked_for()
    {
        var (data, samples) = (cli.File("photos"), Path.Combine(Lumen.Testing.Golden.Repository, "samples", "pictures"));
        Directory.CreateDirectory(Path.Combine(data, "images"));
        foreach (var photo in Directory.EnumerateFiles(samples, "*.jpg").Order(StringComparer.Ordinal).Take(2))
            File.Copy(photo, Path.Combine(data, "images", Path.GetFileName(photo)));
        string[] arguments =
        [
            "augment",
            "--dataset",
            data,
            "--output",
            cli.File("photos-out"),
            "--prompt",
            "a street at night",
            "--model",
            Path.Combine(Lumen.Testing.Golden.Repository, "models", "street-tiny"),
            "--steps",
            "2",
            "--dry-run",
        ];
        var refused = CommandLine.Run(arguments);
        Assert.Equal(2, refused.Code);
        Assert.Contains("--allow-toy to do it all the same", refused.Error, StringComparison.Ordinal);
        var allowed = CommandLine.Run([.. arguments, "--allow-toy"]);
        Assert.True(allowed.Code == 0, allowed.Error);
        Assert.Contains("warning: The built-in model knows the streets it was made with", allowed.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cli.File("photos-out")));

        Assert.Equal(0, CommandLine.Run("scenes", "render", "--count", "4", "--output-dir", cli.File("streets")).Code);
        arguments[2] = cli.File("streets");
        var streets = CommandLine.Run(arguments);
        Assert.True(streets.Code == 0, streets.Error);
        Assert.DoesNotContain("another kind", streets.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dry_run_writes_nothing()
    {
        var run = Augment(Data("folders"), cli.File("dry"), "--prompt", "fog", "--dry-run");
        Assert.Equal(0, run.Code);
        Assert.Contains("plan     3 new pictures", run.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cli.File("dry")));
    }

    [Fact]
    public void Json_goes_to_the_output_alone()
    {
        var run = Augment(Data("folders"), cli.File("json"), "--prompt", "fog", "--json", "--limit", "1");
        var json = JsonNode.Parse(run.Output)!;
        Assert.Equal((1, 0, "prompt"), ((int)json["accepted"]!, (int)json["failed"]!, (string?)json["prompts"]![0]!["domain"]));
    }

    [Fact]
    public void Pictures_that_could_not_be_made_end_with_2_after_the_others_are_done()
    {
        var data = Data("folders");
        File.WriteAllText(
            Directory.EnumerateFiles(Path.Combine(data, "images", "train")).Order(StringComparer.Ordinal).First(),
            "no picture"
        );
        var run = Augment(data, cli.File("partial"), "--prompt", "fog");
        Assert.Equal(2, run.Code);
        Assert.Contains("wrote    2 new pictures", run.Output, StringComparison.Ordinal);
        Assert.Contains("error: 1 picture of the data set could not be used", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(24)]
    [InlineData(60)]
    [InlineData(76)]
    [InlineData(84)]
    public void A_disk_that_is_full_is_named_with_the_file_and_the_run_goes_on_where_there_is_room(int kilobytes)
    {
        var (data, output) = (Data("folders"), cli.File($"full-{kilobytes}"));
        var elsewhere = cli.File($"room-{kilobytes}");
        using (var disk = SmallDisk.TryMount(output, kilobytes << 10))
        {
            if (disk is null)
                Assert.Skip("A small disk cannot be mounted here: that needs Linux and its administrator.");
            var run = Augment(data, output, "--prompt", "fog");
            Assert.Equal(2, run.Code);
            Assert.Contains($"error: Cannot write {output}{Path.DirectorySeparatorChar}", run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain($"{Path.DirectorySeparatorChar}work-1-of-1", run.Error, StringComparison.Ordinal);
            CopyFolder(output, elsewhere);
        }
        var whole = Augment(data, elsewhere, "--prompt", "fog");
        Assert.True(whole.Code == 0, whole.Error);
        Assert.Equal(0, CommandLine.Run("verify", elsewhere).Code);
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    [Fact]
    public void Stopping_ends_with_130_and_says_how_to_go_on()
    {
        var output = cli.File("stopped-augment");
        var run = CommandLine.Run(
            new StringWriter(),
            new CancellationToken(canceled: true),
            "augment",
            "--dataset",
            Data("folders"),
            "--output",
            output,
            "--prompt",
            "fog",
            "--model",
            cli.Model,
            "--steps",
            "1",
            "--leak-check",
            "exact"
        );
        Assert.Equal(130, run.Code);
        Assert.Contains("The same command goes on", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(output)); // it was stopped while it was estimated
    }

    [Theory]
    [InlineData("Give either --prompts FILE", new string[0])]
    [InlineData("Give either --prompts FILE", new[] { "--prompt", "fog", "--prompts", "x.toml" })]
    [InlineData("There is no prompt matrix at nowhere.toml", new[] { "--prompts", "nowhere.toml" })]
    [InlineData("--variants must be 1 to 998 but is 0", new[] { "--prompt", "fog", "--variants", "0" })]
    [InlineData("--shard must be I/N with I from 1 to N but is 5/4", new[] { "--prompt", "fog", "--shard", "5/4" })]
    [InlineData("--shard must be I/N, such as 1/4, but is \"half\"", new[] { "--prompt", "fog", "--shard", "half" })]
    [InlineData(
        "--resolution must be native, original or a number of pixels but is \"big\"",
        new[] { "--prompt", "fog", "--resolution", "big" }
    )]
    [InlineData("--min-agreement must be a number, or none, but is \"much\"", new[] { "--prompt", "fog", "--min-agreement", "much" })]
    [InlineData("--min-agreement must be -1 to 1 but is 7", new[] { "--prompt", "fog", "--min-agreement", "7" })]
    [InlineData("--min-obedience must be a number, or none, but is \"much\"", new[] { "--prompt", "fog", "--min-obedience", "much" })]
    [InlineData("--min-obedience must be 0 to 1 but is 2", new[] { "--prompt", "fog", "--min-obedience", "2" })]
    [InlineData("--min-obedience needs a CLIP", new[] { "--prompt", "fog", "--min-obedience", "0.5" })]
    [InlineData("The part \"val\" is held out", new[] { "--prompt", "fog", "--split", "val" })]
    [InlineData("has no part \"nowhere\"; it has train, val", new[] { "--prompt", "fog", "--split", "nowhere" })]
    [InlineData("There is no folder of masks at nowhere", new[] { "--prompt", "fog", "--keep-mask", "nowhere" })]
    [InlineData("The data set format \"x\" is not known", new[] { "--prompt", "fog", "--format", "x" })]
    [InlineData("--steps must be 1 to 1000 but is 0", new[] { "--prompt", "fog", "--steps", "0" })]
    public void What_cannot_be_used_is_refused_with_a_sentence_and_no_file(string sentence, string[] more)
    {
        var output = cli.File($"refused-{Guid.NewGuid():N}");
        var run = Augment(Data("folders"), output, more);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(output));
    }

    [Theory]
    [InlineData("There is no data set at", "augment", "--dataset", "nowhere", "--output", "o", "--prompt", "fog")]
    [InlineData("no manifest.jsonl in a folder above", "reproduce", "nowhere.png")]
    [InlineData("nothing to verify", "verify", "nowhere")]
    public void What_does_not_exist_is_refused(string sentence, params string[] arguments)
    {
        var run = CommandLine.Run([.. arguments, .. arguments[0] == "augment" ? new[] { "--model", cli.Model } : []]);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    private string Data(string format) => new TinyDatasets(cli.File($"data-{Guid.NewGuid():N}")).Write(format);

    private string Matrix()
    {
        File.WriteAllText(
            cli.File("prompts.toml"),
            "[domains]\nnight = \"a street at night\"\nfog = { prompt = \"a street in fog\", weight = 2 }\n[styles]\nphoto = \"photo\"\n"
        );
        return cli.File("prompts.toml");
    }

    private CommandLine.Outcome Augment(string data, string output, params string[] more)
    {
        string[] agreement = more.Contains("--min-agreement") ? [] : ["--min-agreement", "none"]; // the tiny model keeps no layout
        string[] steps = more.Contains("--steps") ? [] : ["--steps", "1"];
        return CommandLine.Run([
            "augment",
            "--dataset",
            data,
            "--output",
            output,
            "--model",
            cli.Model,
            "--guidance-scale",
            "1",
            "--leak-check",
            "exact",
            .. steps,
            .. agreement,
            .. more,
        ]);
    }
}
