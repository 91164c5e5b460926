using System.Text.Json;
using Lumen.Testing;
using Lumen.Tests.Datasets;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class PerceptionCommandTests
{
    private const string Recipe = """
        { "kind": "perception", "data": { "scenes": 6, "resolution": 32, "validation_scenes": 3 },
          "perception": { "widths": [8, 8, 16], "context_blocks": 1, "augmentation": { "flip": 0.5, "photometric": 0.5, "noise": 0.02 } },
          "training": { "max_train_steps": 2, "train_batch_size": 2, "checkpointing_steps": 1, "validation_steps": 2 } }
        """;

    [Fact]
    public void A_recipe_trains_a_network_that_judges_held_out_scenes()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("recipe.json"), Recipe);
        var trained = CommandLine.Run(
            "train",
            "perception",
            "--recipe",
            folder.File("recipe.json"),
            "--output-dir",
            folder.File("run"),
            "--cache-dir",
            folder.File("cache")
        );
        Assert.True(trained.Code == 0, trained.Error);
        Assert.Contains("estimate", trained.Output, StringComparison.Ordinal);
        Assert.Contains("miou", trained.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(folder.File("run/previews/000002.png")));
        Assert.True(File.Exists(folder.File("run/perception/model.safetensors")));

        var judged = CommandLine.Run(
            "evaluate",
            "perception",
            "--network",
            folder.File("run/perception"),
            "--scenes",
            "3",
            "--resolution",
            "32",
            "--cache-dir",
            folder.File("cache"),
            "--output-dir",
            folder.File("report"),
            "--json"
        );
        Assert.True(judged.Code == 0, judged.Error);
        using var report = JsonDocument.Parse(judged.Output[judged.Output.IndexOf('{')..]);
        Assert.Equal(3, report.RootElement.GetProperty("pictures").GetInt32());
        Assert.InRange(report.RootElement.GetProperty("miou").GetDouble(), 0, 1);
        Assert.True(File.Exists(folder.File("report/sheet.png")));
        Assert.True(File.Exists(folder.File("report/report.json")));
    }

    [Fact]
    public void A_data_set_is_learnt_by_its_training_part()
    {
        using var folder = new TempFolder();
        var data = new TinyDatasets(folder.File("camvid")).Write("camvid");
        File.WriteAllText(
            folder.File("recipe.json"),
            Recipe
                .Replace(
                    "\"scenes\": 6, \"resolution\": 32, \"validation_scenes\": 3",
                    "\"folder\": \"" + data + "\", \"resolution\": 16, \"crops_per_picture\": 2, \"validation_fraction\": 0.4",
                    StringComparison.Ordinal
                )
                .Replace("\"widths\"", "\"heads\": [\"semantic\"], \"widths\"", StringComparison.Ordinal)
        );
        var trained = CommandLine.Run(
            "train",
            "perception",
            "--recipe",
            folder.File("recipe.json"),
            "--output-dir",
            folder.File("run"),
            "--cache-dir",
            folder.File("cache")
        );
        Assert.True(trained.Code == 0, trained.Error);
        Assert.Contains("of part train to train on, each as 2 crops", trained.Output, StringComparison.Ordinal);
        var judged = CommandLine.Run(
            "evaluate",
            "perception",
            "--network",
            folder.File("run/perception"),
            "--dataset",
            data,
            "--resolution",
            "16",
            "--json"
        );
        Assert.True(judged.Code == 0, judged.Error);
        Assert.Contains("\"miou\"", judged.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """{ "kind": "perception", "perception": { "heads": ["flow"] }, "data": { "scenes": 2, "resolution": 32, "validation_scenes": 1 } }""",
        "There is no head \"flow\""
    )]
    [InlineData("""{ "kind": "perception", "perception": { "depth": true } }""", "cannot be used")]
    [InlineData(
        """{ "kind": "perception", "data": { "scenes": 2, "resolution": 36, "validation_scenes": 1 } }""",
        "divisible by 8, but these are 36 x 36"
    )]
    [InlineData("""{ "kind": "vae" }""", "is a recipe for lumen train vae, not for lumen train perception")]
    public void Recipes_that_cannot_be_used_are_refused(string recipe, string sentence)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("recipe.json"), recipe);
        var run = CommandLine.Run(
            "train",
            "perception",
            "--recipe",
            folder.File("recipe.json"),
            "--output-dir",
            folder.File("run"),
            "--cache-dir",
            folder.File("cache")
        );
        Assert.Equal(2, run.Code);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_network_is_refused()
    {
        using var folder = new TempFolder();
        var run = CommandLine.Run("evaluate", "perception", "--network", folder.Path);
        Assert.Equal(2, run.Code);
        Assert.Contains("holds no perception network", run.Error, StringComparison.Ordinal);
    }
}
