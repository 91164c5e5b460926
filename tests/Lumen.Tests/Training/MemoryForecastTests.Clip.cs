using Lumen.Core.Tensors;
using Lumen.Models.Text;
using Lumen.Testing;
using Lumen.Training;
using Lumen.Training.Backbones;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Training;

// Both towers of a CLIP, of which either may be the larger.
public sealed partial class MemoryForecastTests
{
    [Theory]
    [InlineData("clip", 128, 8, 64, 64)] // activations of pictures
    [InlineData("clip", 64, 16, 16, 128)] // of captions
    [InlineData("backbone", 512, 16, 64, 16)] // weights
    public void So_is_that_of_a_clip(string kind, int width, int patch, int textWidth, int batch)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Peaks of processes are compared where they are alike: on Linux.");
        var recipe = _folder.File("recipe.json");
        File.WriteAllText(
            recipe,
            $$"""
            { "kind": "{{kind}}", "data": { "scenes": {{batch}}, "validation_scenes": 8, "resolution": 64 },
              "backbone": { "family": "clip",
                "network": { "hidden_size": {{width}}, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": {{4 * width}},
                  "patch_size": {{patch}}, "projection_dim": 64 },
                "views": { "global_size": 64, "global_scale": [0.6, 1] } },
              "text_encoder": { "hidden_size": {{textWidth}}, "intermediate_size": {{4 * textWidth}}, "num_hidden_layers": 3,
                "num_attention_heads": 4 },
              "training": { "max_train_steps": 1, "train_batch_size": {{batch}}, "validation_steps": 1,
                "optimizer": { "lr_warmup_steps": 0 } } }
            """
        );
        var model = _folder.File("model");
        TinyModels.WriteBase(model);
        Foreseen(kind, recipe, kind == "clip" ? ["--model", model] : []);
    }

    [Fact]
    public void The_advice_for_a_clip_never_divides_a_batch_whose_pictures_are_compared()
    {
        var clip = new ContrastiveMemory(
            new RecipeBackbone
            {
                Family = "clip",
                Network = new RecipeNetwork { HiddenSize = 768, PatchSize = 16 },
            }.ToConfig(256),
            new ClipTextConfig(),
            256
        )
        {
            Floor = 300_000_000,
            Placement = new Placement(CPU, ScalarType.Float32),
            Threads = 2,
        };
        var training = new TrainingOptions
        {
            TrainBatchSize = 256,
            Optimizer = new OptimizerOptions { Moments = "int8", EmaDecay = 0 },
        };
        var advice = MemorySwitches.Advice(clip, 256, training, clip.Of(256, training with { TrainBatchSize = 64 }).Bytes);
        Assert.Contains("\"train_batch_size\": 64 in the recipe", advice, StringComparison.Ordinal);
        Assert.Contains(
            "\"train_batch_size\": 16 and global_size 128",
            MemorySwitches.Advice(clip, 256, training, clip.Of(128, training with { TrainBatchSize = 16 }).Bytes),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("accumulation", MemorySwitches.Advice(clip, 256, training, 1e6), StringComparison.Ordinal);
    }
}
