using System.Text.Json.Nodes;
using Lumen.Imaging;
using Xunit;

namespace Lumen.Tests.Cli;

/// <summary><c>lumen train clip</c>, and what takes its result.</summary>
public sealed class TrainClipTests(CommandLine cli) : IClassFixture<CommandLine>
{
    private const string Recipe = """
        { "kind": "clip",
          "data": { "scenes": 16, "resolution": 32, "validation_scenes": 12, "scene_detail": "rich" },
          "backbone": { "family": "clip",
            "network": { "hidden_size": 24, "num_hidden_layers": 1, "num_attention_heads": 3, "intermediate_size": 48, "patch_size": 8 },
            "views": { "global_size": 32 } },
          "text_encoder": { "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2 },
          "training": { "max_train_steps": 2, "train_batch_size": 4, "checkpointing_steps": 1, "validation_steps": 2 } }
        """;

    [Fact]
    public void A_trained_clip_measures_pictures_and_chooses_captions()
    {
        var phrases = cli.File("phrases.toml");
        File.WriteAllText(phrases, "[time]\nphrases = [\"by day\", \"at sunset\", \"at night\"]\nthreshold = 0\n");
        var run = Train("run", "--phrases", phrases);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("zero_shot_time", run.Output, StringComparison.Ordinal);
        var clip = cli.File("run/model");

        var made = cli.Generate(cli.File("made"), "--clip", clip);
        Assert.True(made.Code == 0, made.Error);
        var text = PngReader.ReadAllText(cli.File("made/street-0.png"))["lumen"];
        Assert.Equal("at night", (string?)JsonNode.Parse(text)!["obedience"]!["groups"]![0]!["phrase"]);

        Directory.CreateDirectory(cli.File("pictures"));
        File.Copy(cli.Reference, cli.File("pictures/street.png"));
        var captions = CommandLine.Run("caption", "--images", cli.File("pictures"), "--clip", clip, "--phrases", phrases);
        Assert.True(captions.Code == 0, captions.Error);
        Assert.Matches("by day|at sunset|at night", File.ReadAllText(cli.File("pictures/metadata.jsonl")));
    }

    [Fact]
    public void Phrases_that_are_not_there_are_refused_before_anything_is_rendered()
    {
        var run = Train("refused", "--phrases", cli.File("nowhere.toml"));
        Assert.Equal(2, run.Code);
        Assert.Contains("There are no phrases at", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("rendering", run.Output, StringComparison.Ordinal);
    }

    private CommandLine.Outcome Train(string output, params string[] more)
    {
        var recipe = cli.File("clip.json");
        File.WriteAllText(recipe, Recipe);
        return CommandLine.Run([
            "train",
            "clip",
            "--recipe",
            recipe,
            "--model",
            cli.Model,
            "--output-dir",
            cli.File(output),
            "--cache-dir",
            cli.File("cache"),
            .. more,
        ]);
    }
}
