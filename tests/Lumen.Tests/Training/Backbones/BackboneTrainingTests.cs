using System.Text.Json.Nodes;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Models.Vision;
using Lumen.Testing;
using Lumen.Training;
using Lumen.Training.Backbones;
using Lumen.Training.Data;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Training.Backbones;

public sealed class BackboneTrainingTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string> Families => [.. RecipeBackbone.Families];

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Two_steps_a_stop_and_two_more_equal_four_steps_bit_for_bit(string family)
    {
        var through = NewTrainer(family, out _);
        Steps(through, 4);

        var stopped = NewTrainer(family, out _);
        Steps(stopped, 2);
        new TrainingCheckpoints(_folder.Path).Save(stopped.Store, 1);

        var resumed = NewTrainer(family, out _);
        Assert.Equal(2, resumed.Resume("latest"));
        Assert.Equal(stopped.Store.Fingerprint(), resumed.Store.Fingerprint());
        resumed.Estimate(); // a rehearsal leaves no trace
        Steps(resumed, 2);
        Assert.Equal(through.Store.Fingerprint(), resumed.Store.Fingerprint());
        Assert.NotEqual(stopped.Store.Fingerprint(), resumed.Store.Fingerprint());
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_run_of_another_seed_or_other_pictures_is_not_resumed(string family)
    {
        var recipe = TinyBackbones.Recipe(family);
        recipe = recipe with { Training = recipe.Training with { MaxTrainSteps = 1 } };
        var trainer = new Trainer(Runs(null).VisionTransformer(recipe), recipe.Training, _folder.File(family));
        Assert.True(trainer.Run(stop: TestContext.Current.CancellationToken));
        var longer = recipe with { Training = recipe.Training with { MaxTrainSteps = 2 } };
        var again = new Trainer(Runs("latest").VisionTransformer(longer), longer.Training, _folder.File(family));
        Assert.Equal(1, again.Resume("latest"));
        var other = longer with
        {
            Training = longer.Training with { Seed = 99 },
            Data = longer.Data with { Scenes = longer.Data.Scenes - 1 },
        };
        var fault = Assert.Throws<LumenException>(() => Runs("latest").VisionTransformer(other));
        Assert.Contains("training.seed is ", fault.Message, StringComparison.Ordinal);
        Assert.Contains("pictures is ", fault.Message, StringComparison.Ordinal);
        Assert.Throws<LumenException>(() =>
            new Trainer(Runs(null).VisionTransformer(other), other.Training, _folder.File(family)).Resume("latest")
        );

        TrainingTaskFactory Runs(string? checkpoint) =>
            new(Lumen.Core.Tensors.Placement.Reference, _folder.File("cache"), _folder.File(family)) { ResumeFrom = checkpoint };
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_weight_gets_a_gradient(string family)
    {
        var task = TinyBackbones.Task(family, _folder.Path);
        task.Loss(1, 4, new RandomStream(3)).backward();
        // A bias of all keys alike changes no attention.
        var idle = task
            .Trained.SelectMany(module => module.Value.named_parameters())
            .Where(entry => entry.parameter.grad is not { } grad || grad.abs().sum().item<float>() == 0)
            .Select(entry => entry.name)
            .Where(name => !name.EndsWith("k_proj.bias", StringComparison.Ordinal));
        Assert.Empty(idle);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Held_out_figures_are_finite_and_the_same_each_time(string family)
    {
        var task = TinyBackbones.Task(family, _folder.Path);
        using var frozen = no_grad();
        var first = task.Validate();
        Assert.Equal("validation_loss", first[0].Key);
        Assert.All(first, figure => Assert.True(double.IsFinite(figure.Value), figure.Key));
        Assert.Equal(first, task.Validate());
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Memory_does_not_grow_with_steps(string family)
    {
        var trainer = NewTrainer(family, out _);
        trainer.Step();
        TensorLeak.Check(() => trainer.Step(), 2);
    }

    [Theory]
    [InlineData("dino", "dino-vit24x2-8")]
    [InlineData("dinov2", "dinov2-vit24x2-8-reg2")]
    [InlineData("clip", "clip-vit24x2-8")]
    public void The_exported_folder_opens_as_its_family_and_gives_the_features_of_the_trained_network(string family, string name)
    {
        var trainer = NewTrainer(family, out var task);
        Steps(trainer, 2);
        trainer.Export(_folder.File("model"));
        using var backbone = (VisionBackbone)VisionBackboneFile.Open(_folder.File("model"), Placement.Reference, family);
        Assert.Equal((name, TinyBackbones.Size), (backbone.Weights.Name, backbone.NativeSize));
        using var frozen = no_grad();
        using var averaged = trainer.Store.UseAverage();
        var network = task is DistillationTask distillation ? distillation.Teacher : (VisionTransformer)task.Trained["vision"];
        Assert.Equal(network.Config, backbone.Network.Config);
        var pixels = backbone.Weights.Family.Normalise(PictureTensor.ToTensor([TinyModels.Scene(0)]));
        TensorAssert.Same(network.HiddenStates(pixels, 2), backbone.Network.HiddenStates(pixels, 2));
        TensorAssert.Same(network.Norm(network.HiddenStates(pixels, 2)), backbone.Network.Norm(backbone.Network.HiddenStates(pixels, 2)));
    }

    [Fact]
    public void Clip_keeps_its_text_tower_beside_the_vision_tower()
    {
        var trainer = NewTrainer("clip", out _);
        trainer.Export(_folder.File("model"));
        var config = JsonNode.Parse(File.ReadAllText(_folder.File("model/config.json")))!;
        Assert.Equal("clip", (string?)config["model_type"]);
        Assert.Equal(16, (int)config["text_config"]!["hidden_size"]!);
        using var file = Lumen.Core.Checkpoints.SafetensorsFile.Open(_folder.File("model/model.safetensors"));
        Assert.All(
            ["text_projection.weight", "visual_projection.weight", "logit_scale", "text_model.final_layer_norm.weight"],
            (string tensor) => Assert.Contains(tensor, file.Entries.Keys)
        );
    }

    [Fact]
    public void The_teacher_is_the_moving_average_of_the_student()
    {
        var trainer = NewTrainer("dino", out var task);
        var state = ((DistillationTask)task).State;
        var student = ((nn.Module)task.Trained["vision"])
            .named_parameters()
            .Single(entry => entry.name == "blocks.0.attn.qkv.weight")
            .parameter;
        var expected = student.detach().clone();
        for (var step = 0; step < 3; step++)
        {
            trainer.Step();
            var momentum = 0.992 + (1 - 0.992) * 0.5 * (1 - Math.Cos(Math.PI * step / 4));
            expected = expected * momentum + student.detach() * (1 - momentum);
            TensorAssert.Close(expected, state["teacher.vision.blocks.0.attn.qkv.weight"], 1e-7, 0);
        }
        var teacher = ((DistillationTask)task)
            .Teacher.named_parameters()
            .Single(entry => entry.name == "blocks.0.attn.qkv.weight")
            .parameter;
        TensorAssert.Same(state["teacher.vision.blocks.0.attn.qkv.weight"], teacher.detach());
        Assert.False(teacher.requires_grad);
    }

    [Fact]
    public void Prototypes_are_held_still_at_first()
    {
        var trainer = NewTrainer("dino", out var task);
        var prototypes = task.Trained["class_head"].named_parameters().Single(entry => entry.name == "prototypes").parameter;
        var before = nn.functional.normalize(prototypes.detach().clone(), 2, 1);
        trainer.Step();
        // weight decay changes lengths, which mean nothing
        TensorAssert.Close(before, nn.functional.normalize(prototypes.detach(), 2, 1), 1e-6, 0);
        trainer.Step();
        Assert.True((before - nn.functional.normalize(prototypes.detach(), 2, 1)).abs().max().item<float>() > 1e-5);
    }

    [Fact]
    public void It_trains_in_bfloat16_too()
    {
        var recipe = TinyBackbones.Recipe("dinov2");
        var runs = new TrainingTaskFactory(new Placement(CPU, ScalarType.BFloat16), _folder.File("cache"), _folder.File("bf16"));
        var trainer = new Trainer(runs.VisionTransformer(recipe), recipe.Training, _folder.Path);
        var exact = NewTrainer("dinov2", out _);
        Assert.Equal(exact.Step().Loss, trainer.Step().Loss, 0.05);
        Steps(trainer, 2);
    }

    [Fact]
    public void A_run_draws_the_features_of_held_out_pictures()
    {
        var trainer = NewTrainer("dinov2", out _);
        Assert.True(trainer.Run(stop: TestContext.Current.CancellationToken));
        var sheet = PictureReader.Read(_folder.File("previews/000004.png"));
        Assert.True(sheet.Width > 6 * TinyBackbones.Size);
    }

    [Theory]
    [InlineData("""{ "family": "ijepa" }""", "The family \"ijepa\" cannot be trained; known are dino, dinov2, clip.")]
    [InlineData(
        """{ "family": "dino", "network": { "num_attention_heads": 5 } }""",
        "hidden_size must be divisible by num_attention_heads, 5, but is 192."
    )]
    [InlineData(
        """{ "family": "dino", "network": { "patch_size": 7 } }""",
        "The resolution of the data must be a multiple of patch_size, 7, but is 128."
    )]
    [InlineData("""{ "family": "dino", "network": { "num_register_tokens": 4 } }""", "num_register_tokens must be 0 for dino")]
    [InlineData(
        """{ "family": "dino", "views": { "global_size": 60, "local_scale": [0.5, 0.1] } }""",
        "global_size must be a multiple of patch_size, 8, but is 60. local_scale must be"
    )]
    [InlineData("""{ "family": "dino", "views": { "colours": { "grey": 2 } } }""", "grey must be a chance from 0 to 1 but is 2.")]
    [InlineData(
        """{ "family": "dinov2", "distillation": { "mask_ratio": [0.1] } }""",
        "mask_ratio must be the smallest and the largest share of masked patches"
    )]
    [InlineData("""{ "family": "dino", "distillation": { "teacher_temperature": 0 } }""", "teacher_temperature must lie above 0")]
    [InlineData("""{ "family": "dino", "views": null }""", "cannot be used")]
    [InlineData("""{ "colour": "dino" }""", "cannot be used")]
    public void A_recipe_that_cannot_be_used_is_refused_with_a_sentence(string backbone, string sentence)
    {
        var path = _folder.File("recipe.json");
        File.WriteAllText(path, $$"""{ "kind": "backbone", "backbone": {{backbone}} }""");
        var fault = Assert.Throws<LumenException>(() =>
            new TrainingTaskFactory(Placement.Reference, _folder.File("cache"), _folder.Path).VisionTransformer(Recipe.Read(path))
        );
        Assert.Contains(sentence, fault.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("cache")));
    }

    [Fact]
    public void The_built_in_recipes_can_be_used()
    {
        foreach (var family in RecipeBackbone.Families)
        {
            var recipe = Recipe.Read(Path.Combine(Golden.Repository, "recipes", $"street-tiny-{family}.json"));
            recipe.Backbone!.Validate(recipe.Data.Resolution);
            recipe.Training.Validate();
            Assert.Equal(("backbone", family), (recipe.Kind, recipe.Backbone.Family));
        }
    }

    private Trainer NewTrainer(string family, out ITrainingTask task)
    {
        task = TinyBackbones.Task(family, _folder.Path);
        return new Trainer(task, TinyBackbones.Recipe(family).Training, _folder.Path);
    }

    private static void Steps(Trainer trainer, int count)
    {
        for (var step = 0; step < count; step++)
            trainer.Step();
    }
}
