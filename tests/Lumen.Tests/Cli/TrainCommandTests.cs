using Lumen.Layouts;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class TrainCommandTests(CommandLine cli) : IClassFixture<CommandLine>
{
    private const string Data = """ "data": { "scenes": 8, "resolution": 32, "validation_scenes": 6 } """;
    private const string Training =
        """ "training": { "max_train_steps": 2, "train_batch_size": 2, "checkpointing_steps": 1, "validation_steps": 2 } """;

    private const string Vae = $$"""
        { "kind": "vae", {{Data}}, "crop": 16, {{Training}},
          "vae": { "_class_name": "AutoencoderKL", "block_out_channels": [8, 16], "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
                   "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"], "latent_channels": 4, "layers_per_block": 1, "norm_num_groups": 4, "sample_size": 32 } }
        """;

    private const string Base = $$"""
        { "kind": "base", {{Data}}, {{Training}},
          "unet": { "_class_name": "UNet2DConditionModel", "block_out_channels": [8, 16], "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
                    "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"], "layers_per_block": 1, "attention_head_dim": [1, 2], "norm_num_groups": 4, "cross_attention_dim": 16 },
          "text_encoder": { "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 32, "projection_dim": 16 },
          "scheduler": { "_class_name": "DDIMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": false, "prediction_type": "v_prediction" } }
        """;

    private const string Adapter = $$"""
        { "kind": "adapter", {{Data}}, {{Training}}, "conditioning_embedding_out_channels": [8, 16],
          "layout": { "layer": "up_blocks[0]", "components": 3, "fit_pictures": 8 } }
        """;

    [Fact]
    public void The_three_trainings_make_a_model_that_generates()
    {
        var vae = Train("vae", Vae, "vae-run");
        Assert.True(vae.Code == 0, vae.Error);
        Assert.Contains("estimate", vae.Output, StringComparison.Ordinal);
        Assert.Contains("psnr_db", vae.Output, StringComparison.Ordinal);
        var trained = Train("base", Base, "base-run", "--vae", cli.File("vae-run/model"));
        Assert.True(trained.Code == 0, trained.Error);
        var adapter = Train("adapter", Adapter, "adapter-run", "--model", cli.File("base-run/model"));
        Assert.True(adapter.Code == 0, adapter.Error);
        var generated = CommandLine.Run(
            "generate",
            "--model",
            cli.File("base-run/model"),
            "--adapter",
            cli.File("adapter-run/controlnet"),
            "--reference",
            cli.Reference,
            "--prompt",
            "fog",
            "--steps",
            "1",
            "--output-dir",
            cli.File("made")
        );
        Assert.True(generated.Code == 0, generated.Error);
    }

    [Fact]
    public void The_same_recipe_trains_on_another_condition()
    {
        var run = Train("adapter", Adapter, "label-map-run", "--model", cli.Model, "--condition", "label-map");
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains(
            "\"kind\": \"label_map\"",
            File.ReadAllText(cli.File("label-map-run/controlnet/lumen/condition.json")),
            StringComparison.Ordinal
        );
        var refused = Train("adapter", Adapter, "sketch-run", "--model", cli.Model, "--condition", "sketch");
        Assert.Equal(2, refused.Code);
        Assert.Contains(
            "--condition must be layout, label-map, canny, soft-edge, depth or normal but is \"sketch\"",
            refused.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_adapter_is_trained_on_the_layouts_of_another_backbone_and_generates_with_it()
    {
        var weights = Golden.Folder("dinov2/reg4");
        var recipe = Adapter.Replace("\"layer\": \"up_blocks[0]\", ", "\"facet\": \"key\", \"resolution\": 56, ", StringComparison.Ordinal);
        var run = Train("adapter", recipe, "dinov2-run", "--model", cli.Model, "--backbone-weights", weights);
        Assert.True(run.Code == 0, run.Error);
        using (var basis = LayoutBasis.Load(cli.File("dinov2-run/controlnet")))
            Assert.Equal(
                ("dinov2-vit16x2-14-reg4", "blocks[1]", "key", 56),
                (basis.Source.Backbone, basis.Source.Layer, basis.Source.Facet, basis.Source.ImageSize)
            );
        string[] adapter = ["--adapter", cli.File("dinov2-run/controlnet"), "--backbone-weights", weights];
        var generated = cli.Generate(cli.File("made"), adapter);
        Assert.True(generated.Code == 0, generated.Error);

        Assert.Contains(
            "The recipe's layout has a resolution, which only a vision transformer needs",
            Refused(recipe),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "The condition canny is read by no backbone",
            Refused(recipe, "--condition", "canny", "--backbone-weights", weights),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "The layer \"9\" is not known; dinov2-vit16x2-14-reg4 has the layers 0 to 1",
            Refused(Adapter.Replace("up_blocks[0]", "9", StringComparison.Ordinal), "--backbone-weights", weights),
            StringComparison.Ordinal
        );

        // A block of the U-Net, which the same recipe is for without the flag, gives way to the transformer's usual layer.
        var same = Train("adapter", Adapter, "usual-run", "--model", cli.Model, "--backbone-weights", weights);
        Assert.True(same.Code == 0, same.Error);
        using (var basis = LayoutBasis.Load(cli.File("usual-run/controlnet")))
            Assert.Equal("blocks[1]", basis.Source.Layer);

        string Refused(string recipe, params string[] more)
        {
            var run = Train("adapter", recipe, $"refused-{Guid.NewGuid():N}", ["--model", cli.Model, .. more]);
            Assert.Equal(2, run.Code);
            return run.Error;
        }
    }

    [Fact]
    public void A_stopped_run_saves_a_checkpoint_says_how_to_go_on_and_ends_like_one_that_was_not_stopped()
    {
        // every step is told
        var recipe = Vae.Replace("\"validation_steps\": 2", "\"validation_steps\": 1", StringComparison.Ordinal);
        Assert.Equal(0, Train("vae", recipe, "whole").Code);
        Assert.Equal(0, Train("vae", recipe, "parts", "--max-train-steps", "1", "--lr-scheduler", "constant").Code);
        var refused = Train("vae", recipe, "parts");
        Assert.Equal(2, refused.Code);
        Assert.Contains("already holds a run (checkpoint-1)", refused.Error, StringComparison.Ordinal);

        using var stop = new CancellationTokenSource();
        var stopped = Train(new StopAfter("step 1/2", stop), "vae", recipe, "stopped");
        Assert.Equal(130, stopped.Code);
        Assert.Matches(
            @"Go on with:\s+lumen train vae --recipe \S+ --output-dir \S+ --cache-dir \S+ --resume-from-checkpoint latest",
            stopped.Error
        );
        var resumed = Train("vae", recipe, "stopped", "--resume-from-checkpoint", "latest");
        Assert.True(resumed.Code == 0, resumed.Error);
        const string Weights = "model/vae/diffusion_pytorch_model.safetensors";
        Assert.Equal(File.ReadAllBytes(cli.File($"whole/{Weights}")), File.ReadAllBytes(cli.File($"stopped/{Weights}")));
    }

    [Fact]
    public void A_run_that_is_stopped_at_its_estimate_ends_before_its_first_step()
    {
        using var stop = new CancellationTokenSource();
        Assert.Equal(130, Train(new StopAfter("estimate", stop), "vae", Vae, "early").Code);
        Assert.Empty(Directory.Exists(cli.File("early")) ? Directory.GetDirectories(cli.File("early"), "checkpoint-*") : []);
        Assert.Equal(0, Train("vae", Vae, "early").Code);
    }

    [Theory]
    [InlineData("base", Vae, "is a recipe for lumen train vae, not for lumen train base")]
    [InlineData("vae", """{ "kind": "vae", "colour": 1 }""", "cannot be used")]
    public void A_recipe_that_does_not_fit_is_refused(string kind, string recipe, string sentence)
    {
        string[] partner = kind == "base" ? ["--vae", cli.Model] : [];
        var run = Train(kind, recipe, $"refused-{Guid.NewGuid():N}", partner);
        Assert.Equal(2, run.Code);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--train-batch-size", "0", "train_batch_size must be 1 or more but is 0")]
    [InlineData("--learning-rate", "-1", "learning_rate must be positive but is -1")]
    [InlineData("--lr-scheduler", "step", "--lr-scheduler must be constant, cosine or linear but is \"step\"")]
    [InlineData("--resume-from-checkpoint", "latest", "has no checkpoint \"latest\" to resume from")]
    public void Settings_that_cannot_be_used_are_refused(string option, string value, string sentence)
    {
        var run = Train("vae", Vae, $"refused-{Guid.NewGuid():N}", option, value);
        Assert.Equal(2, run.Code);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    private CommandLine.Outcome Train(string kind, string recipe, string output, params string[] more) =>
        Train(new StringWriter(), CancellationToken.None, kind, recipe, output, more);

    private CommandLine.Outcome Train(StopAfter writer, string kind, string recipe, string output) =>
        Train(writer, writer.Token, kind, recipe, output);

    private CommandLine.Outcome Train(
        StringWriter writer,
        CancellationToken stop,
        string kind,
        string recipe,
        string output,
        params string[] more
    )
    {
        var file = cli.File($"{kind}-{Guid.NewGuid():N}.json");
        File.WriteAllText(file, recipe);
        return CommandLine.Run(
            writer,
            stop,
            ["train", kind, "--recipe", file, "--output-dir", cli.File(output), "--cache-dir", cli.File("cache"), .. more]
        );
    }

    /// <summary>Presses Ctrl-C when a text is out.</summary>
    private sealed class StopAfter(string text, CancellationTokenSource stop) : StringWriter
    {
        public CancellationToken Token => stop.Token;

        public override void Write(char value)
        {
            base.Write(value);
            Look();
        }

        public override void Write(string? value)
        {
            base.Write(value);
            Look();
        }

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            Look();
        }

        private void Look()
        {
            if (ToString().Contains(text, StringComparison.Ordinal))
                stop.Cancel();
        }
    }
}
