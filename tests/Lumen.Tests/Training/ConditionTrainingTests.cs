using System.Text.Json.Nodes;
using Lumen.Conditions;
using Lumen.Testing;
using Lumen.Training;
using Xunit;

namespace Lumen.Tests.Training;

[Collection(TinyModel.Name)]
public sealed class ConditionTrainingTests(TinyModel tiny)
{
    [Theory]
    [InlineData("layout", TinyRuns.Components, "layout_agreement")]
    [InlineData("label_map", 10, null)]
    [InlineData("canny", 3, "canny_agreement")]
    [InlineData("soft_edge", 3, "soft_edge_agreement")]
    [InlineData("depth", 3, null)]
    [InlineData("normal", 3, null)]
    public void An_adapter_is_trained_on_every_condition_by_the_same_recipe(string kindName, int channels, string? figure)
    {
        var kind = new ConditionKind(kindName);
        using var folder = new TempFolder();
        var recipe = TinyRuns.Adapter with { Condition = new ConditionSettings { Kind = kind } };
        var task = tiny.Runs.Runs("conditions").Adapter(recipe, tiny.Runs.Model);
        var trainer = new Trainer(task, recipe.Training, folder.File("run"));
        for (var step = 0; step < 2; step++)
            Assert.True(double.IsFinite(trainer.Step().Loss));
        string[] wanted = figure is null ? ["validation_loss"] : ["validation_loss", figure];
        Assert.Equal(wanted, task.Validate().Select(found => found.Key));
        Assert.All(task.Validate(), found => Assert.True(double.IsFinite(found.Value)));
        task.Preview(folder.File("preview.png"));
        Assert.True(File.Exists(folder.File("preview.png")));

        trainer.Export(folder.File("adapter"));
        Assert.Equal(kind, ConditionSettings.Load(folder.File("adapter"))!.Kind);
        Assert.Equal(channels, (int)JsonNode.Parse(File.ReadAllText(folder.File("adapter/config.json")))!["conditioning_channels"]!);
        Assert.Equal(kind == ConditionKind.Layout, File.Exists(folder.File("adapter/lumen/layout.json")));
        Assert.True(File.Exists(folder.File("adapter/lumen/adapter.json")));
    }

    [Fact]
    public void Conditions_that_differ_in_a_number_are_cached_apart()
    {
        var runs = tiny.Runs.Runs("apart");
        var (usual, low) = (
            TinyRuns.Adapter with
            {
                Condition = new ConditionSettings { Kind = ConditionKind.Canny },
            },
            TinyRuns.Adapter with
            {
                Condition = new ConditionSettings { Kind = ConditionKind.Canny, LowThreshold = 20 },
            }
        );
        runs.Adapter(usual, tiny.Runs.Model);
        var before = Directory.GetFiles(runs.Cache, "canny-*").Length;
        runs.Adapter(usual with { Condition = usual.Condition with { LowThreshold = 100 } }, tiny.Runs.Model); // the default, written out
        Assert.Equal(before, Directory.GetFiles(runs.Cache, "canny-*").Length);
        runs.Adapter(low, tiny.Runs.Model);
        Assert.Equal(before + 2, Directory.GetFiles(runs.Cache, "canny-*").Length);
    }

    [Fact]
    public void A_recipe_file_chooses_the_condition_and_says_what_it_cannot_use()
    {
        Assert.Equal(
            new ConditionSettings { Kind = ConditionKind.SoftEdge, Sigma = 2 },
            Read("""{ "kind": "soft_edge", "sigma": 2 }""").Condition
        );
        Assert.Equal(ConditionKind.Layout, Read("{}").Condition.Kind);
        Assert.Contains("cannot be used", Assert.Throws<LumenException>(() => Read("""{ "kind": "sketch" }""")).Message);
        Assert.Contains("The condition depth has no setting low_threshold", Refused("""{ "kind": "depth", "low_threshold": 3 }"""));
        Assert.Contains("The condition layout has no setting classes", Refused("""{ "classes": 3 }"""));
        Assert.Contains("sigma must be 0.1 to 100 but is 0", Refused("""{ "kind": "soft_edge", "sigma": 0 }"""));
        Assert.Contains("the label", Refused("""{ "kind": "label_map", "classes": 2 }""")); // the scenes have ten
    }

    private string Refused(string condition) =>
        Assert
            .Throws<LumenException>(() =>
                tiny.Runs.Runs("refused").Adapter(TinyRuns.Adapter with { Condition = Read(condition).Condition }, tiny.Runs.Model)
            )
            .Message;

    private static Recipe Read(string condition)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("recipe.json"), $$"""{ "kind": "adapter", "condition": {{condition}} }""");
        return Recipe.Read(folder.File("recipe.json"));
    }
}
