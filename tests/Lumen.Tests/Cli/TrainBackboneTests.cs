using Lumen.Layouts;
using Xunit;

namespace Lumen.Tests.Cli;

/// <summary>Backbones that the program trains itself, and everything that takes their weights.</summary>
public sealed class TrainBackboneTests(CommandLine cli) : IClassFixture<CommandLine>
{
    private const string Data = """ "data": { "scenes": 8, "resolution": 32, "validation_scenes": 6 } """;
    private const string Training =
        """ "training": { "max_train_steps": 2, "train_batch_size": 2, "checkpointing_steps": 1, "validation_steps": 2 } """;
    private const string Text =
        """ "text_encoder": { "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 32 } """;

    private const string Adapter = $$"""
        { "kind": "adapter", {{Data}}, {{Training}}, "conditioning_embedding_out_channels": [8, 16], "layout": { "layer": "up_blocks[1]", "components": 3, "fit_pictures": 8, "resolution": 64 } }
        """;

    [Theory]
    [InlineData("dino", "teacher_entropy")]
    [InlineData("dinov2", "prototype_usage")]
    [InlineData("clip", "text_retrieval")]
    public void A_trained_backbone_gives_layouts_that_an_adapter_is_trained_on(string family, string figure)
    {
        var run = Train(family, $"{family}-run");
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains(figure, run.Output, StringComparison.Ordinal);
        var weights = cli.File($"{family}-run/model");

        Directory.CreateDirectory(cli.File("pictures"));
        File.Copy(cli.Reference, cli.File("pictures/street.png"), overwrite: true);
        var fit = CommandLine.Run(
            "layout",
            "fit",
            "--backbone",
            family,
            "--weights",
            weights,
            "--images",
            cli.File("pictures"),
            "--components",
            "3",
            "--output-dir",
            cli.File($"{family}-basis")
        );
        Assert.True(fit.Code == 0, fit.Error);
        using (var basis = LayoutBasis.Load(cli.File($"{family}-basis")))
            Assert.StartsWith($"{family}-vit24x2-8", basis.Source.Backbone, StringComparison.Ordinal);

        File.WriteAllText(cli.File("adapter.json"), Adapter);
        var adapter = CommandLine.Run(
            "train",
            "adapter",
            "--recipe",
            cli.File("adapter.json"),
            "--model",
            cli.Model,
            "--backbone-weights",
            weights,
            "--output-dir",
            cli.File($"{family}-adapter"),
            "--cache-dir",
            cli.File("cache")
        );
        Assert.True(adapter.Code == 0, adapter.Error);
    }

    [Fact]
    public void Backbones_are_measured_beside_themselves_untrained_and_beside_pixels()
    {
        Assert.Equal(0, Train("dino", "measured").Code);
        var weights = cli.File("measured/model");
        var leak = CommandLine.Run(
            "evaluate",
            "leak",
            "--backbone-weights",
            weights,
            "--scenes",
            "16",
            "--normalisations",
            "standardise",
            "--appearance-penalties",
            "0",
            "--components",
            "all",
            "--facets",
            "token"
        );
        Assert.True(leak.Code == 0, leak.Error);
        string[] rows = [.. leak.Output.Split('\n').Where(line => line.Contains("standardise", StringComparison.Ordinal))];
        Assert.Collection(
            rows,
            row => Assert.Matches("^dino-vit24x2-8 +blocks.1. token +- standardise .* 24 ", row),
            row => Assert.Matches("^dino-vit24x2-8, untrained +blocks.1. token +- standardise .* 24 ", row),
            row => Assert.Matches("^pixels +8x8 +- standardise .* 192 ", row)
        ); // 3 · 8 · 8 values of a patch

        Refused(
            "--timesteps means nothing for the backbone given with --backbone-weights",
            "--backbone-weights",
            weights,
            "--timesteps",
            "50"
        );
        Refused("--facets means nothing for the backbone stable-diffusion", "--facets", "key");
    }

    [Fact]
    public void A_recipe_of_another_family_is_refused()
    {
        var run = Train("dino", "refused", "--family", "clip");
        Assert.Equal(2, run.Code);
        Assert.Contains("is a recipe for the family dino, not for clip", run.Error, StringComparison.Ordinal);
    }

    private static void Refused(string sentence, params string[] arguments)
    {
        var run = CommandLine.Run(["evaluate", "leak", .. arguments]);
        Assert.Equal(2, run.Code);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    private CommandLine.Outcome Train(string family, string output, params string[] more)
    {
        var registers = family == "dinov2" ? """, "num_register_tokens": 2""" : "";
        var recipe = cli.File($"{family}.json");
        File.WriteAllText(
            recipe,
            $$"""
            { "kind": "backbone", {{Data}}, {{Training}}, {{Text}},
              "backbone": { "family": "{{family}}",
                "network": { "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 48, "patch_size": 8{{registers}} },
                "views": { "global_size": 24, "local_size": 16, "local_crops": 2 },
                "distillation": { "prototypes": 16, "patch_prototypes": 16, "head_hidden_dim": 16, "head_bottleneck_dim": 8 } } }
            """
        );
        return CommandLine.Run([
            "train",
            "backbone",
            "--recipe",
            recipe,
            "--output-dir",
            cli.File(output),
            "--cache-dir",
            cli.File("cache"),
            .. more,
        ]);
    }
}
