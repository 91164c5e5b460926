using Lumen.Conditions;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Layouts;
using Lumen.Testing;
using Lumen.Tests.Data;
using Lumen.Training;
using Xunit;

namespace Lumen.Tests.Training;

[Collection(TinyModel.Name)]
public sealed class SameRunTests(TinyModel tiny) : IDisposable
{
    private readonly PhotoFolder _photos = new PhotoFolder().Fill(10);
    private readonly TempFolder _folder = new();

    private Recipe Adapter =>
        TinyRuns.Adapter with
        {
            Data = TinyRuns.Adapter.Data with { Folder = _photos.Path, ValidationFraction = 0.2 },
            Training = TinyRuns.Adapter.Training with { MaxTrainSteps = 2, CheckpointingSteps = 1, CheckpointsTotalLimit = 3 },
        };

    public void Dispose()
    {
        _photos.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_run_that_is_not_the_checkpoints_own_is_refused_by_the_name_of_every_difference()
    {
        Run(Adapter);
        var refused = Refused(
            Adapter with
            {
                Layout = Adapter.Layout with { RotationSeed = 5 },
                Training = Adapter.Training with { Seed = 2, TrainBatchSize = 3 },
            }
        );
        Assert.Contains("checkpoint-2 belongs to another run:", refused, StringComparison.Ordinal);
        Assert.Contains("layout.rotation_seed is nothing there, and 5 here.", refused, StringComparison.Ordinal);
        Assert.Contains("training.seed is 1 there, and 2 here.", refused, StringComparison.Ordinal);
        Assert.Contains("training.train_batch_size is 2 there, and 3 here.", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("pictures is", refused, StringComparison.Ordinal);
        Assert.Contains(
            "condition.kind is layout there, and canny here.",
            Refused(Adapter with { Condition = new ConditionSettings { Kind = ConditionKind.Canny } }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "compute_type is float32 there, and bfloat16 here.",
            Refused(Adapter, runs => runs with { Placement = new Placement(TorchSharp.torch.CPU, TorchSharp.torch.ScalarType.BFloat16) }),
            StringComparison.Ordinal
        );
        var rate = Adapter with
        {
            Training = Adapter.Training with { Optimizer = Adapter.Training.Optimizer with { LearningRate = 1e-5 } },
        };
        Assert.Contains("training.optimizer.learning_rate is 0.001 there, and 1E-05 here.", Refused(rate), StringComparison.Ordinal);
        Assert.Contains("add `AllowChange` training.optimizer.learning_rate", Refused(rate), StringComparison.Ordinal);
        Assert.Equal(2, Run(rate, "latest", allowed: ["training.optimizer.learning_rate"]).Step);
        Assert.Contains(
            "layout.rotation_seed cannot be changed on the way",
            Refused(Adapter, runs => runs with { AllowedChanges = ["layout.rotation_seed"] }),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void What_changes_no_weight_may_change_and_is_told()
    {
        Run(Adapter);
        var notes = new List<string>();
        var longer = Adapter with
        {
            Training = Adapter.Training with { MaxTrainSteps = 3, CheckpointingSteps = 3, ValidationSteps = 3, CheckpointsTotalLimit = 1 },
        };
        Assert.Equal(3, Run(longer, "latest", notes).Step);
        Assert.Contains(
            notes,
            note => note.Contains("training.max_train_steps was 2 up to checkpoint-2 and is 3 from here on", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void The_same_pictures_elsewhere_are_the_same_and_changed_ones_are_not()
    {
        Run(Adapter);
        var copy = _folder.File("moved/photos");
        foreach (var file in Directory.EnumerateFiles(_photos.Path, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(_photos.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, File.ReadAllBytes(file)); // other times
        }
        var moved = Adapter with { Data = Adapter.Data with { Folder = copy }, Training = Adapter.Training with { MaxTrainSteps = 3 } };
        Assert.Equal(3, Run(moved, "latest").Step);

        var first = Directory.EnumerateFiles(_photos.Path, "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        File.WriteAllText(Path.ChangeExtension(first, ".txt"), "another caption");
        var captioned = Refused(Adapter with { Training = Adapter.Training with { MaxTrainSteps = 4 } });
        Assert.Contains("pictures is", captioned, StringComparison.Ordinal);
        File.Delete(Path.ChangeExtension(first, ".txt"));
        Lumen.Imaging.PngWriter.WriteRgb(first, TinyModels.Scene(3));
        Assert.Contains(
            "pictures is",
            Refused(Adapter with { Training = Adapter.Training with { MaxTrainSteps = 4 } }),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void More_pictures_are_refused_and_where_they_are_wanted_the_basis_stays_that_of_the_weights()
    {
        var hash = Run(Adapter).Basis;
        foreach (var name in (string[])["more", "and more", "still more"])
            Lumen.Imaging.PngWriter.WriteRgb(_photos.File($"{name}.png"), TinyModels.Scene(name.Length));
        var longer = Adapter with { Training = Adapter.Training with { MaxTrainSteps = 3 } };
        var refused = Refused(longer);
        Assert.Contains("  pictures is 8 pictures, hash ", refused, StringComparison.Ordinal);
        var resumed = Run(longer, "latest", allowed: ["pictures", "held_out_pictures"]);
        Assert.Equal((3, hash), (resumed.Step, resumed.Basis));
        Assert.NotEqual(hash, Run(longer, null, output: "afresh").Basis);
        using var kept = LayoutBasis.Load(_folder.File("output/checkpoint-3"));
        Assert.Equal(hash, kept.Hash);
    }

    [Fact]
    public void A_checkpoint_with_another_basis_or_none_is_refused()
    {
        Run(Adapter);
        var longer = Adapter with { Training = Adapter.Training with { MaxTrainSteps = 3 } };
        tiny.Adapter.Basis.Save(_folder.File("output/checkpoint-2"));
        Assert.Contains("is not the one that its weights were trained on", Refused(longer), StringComparison.Ordinal);
        Directory.Delete(_folder.File("output/checkpoint-2/lumen"), recursive: true);
        Assert.Contains("layout.json", Refused(longer), StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_without_a_record_is_taken_with_a_warning_and_the_next_one_has_it()
    {
        Run(Adapter);
        var path = _folder.File("output/checkpoint-2/training_state.safetensors");
        using (TorchSharp.torch.NewDisposeScope())
        {
            Dictionary<string, TorchSharp.torch.Tensor> tensors;
            using (var file = SafetensorsFile.Open(path))
                tensors = file.Entries.Keys.ToDictionary(name => name, name => file.Read(name));
            SafetensorsWriter.Write(path, tensors);
        }
        var warnings = new List<string>();
        var longer = Adapter with { Training = Adapter.Training with { MaxTrainSteps = 3 } };
        Assert.Equal(3, Run(longer, "latest", warnings: warnings).Step);
        Assert.Contains("did not record what its run depends on", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Contains(
            "training.seed is 1 there",
            Refused(longer with { Training = longer.Training with { Seed = 9 } }),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("vae")]
    [InlineData("base")]
    [InlineData("perception")]
    public void Every_kind_of_training_refuses_another_run(string kind)
    {
        Assert.Equal(1, Start(1, false).Store.Step);
        Assert.Equal(2, Start(1, true).Store.Step);
        var fault = Assert.Throws<LumenException>(() => Start(2, true));
        Assert.Contains("data.seed is 1 there, and 2 here", fault.Message, StringComparison.Ordinal);
        Assert.Contains("pictures is", fault.Message, StringComparison.Ordinal);

        Trainer Start(ulong seed, bool resume)
        {
            var recipe = kind switch
            {
                "vae" => TinyRuns.Vae,
                "base" => TinyRuns.Base,
                _ => new Recipe
                {
                    Kind = kind,
                    Data = TinyRuns.Vae.Data,
                    Training = TinyRuns.Vae.Training,
                    Perception = new RecipePerception { Widths = [8, 8, 16] },
                },
            };
            recipe = recipe with
            {
                Data = recipe.Data with { Seed = seed, Scenes = 12 },
                Training = recipe.Training with { MaxTrainSteps = resume ? 2 : 1 },
            };
            var runs = new TrainingTaskFactory(Placement.Reference, _folder.File("cache"), _folder.File(kind))
            {
                ResumeFrom = resume ? "latest" : null,
            };
            var task = kind switch
            {
                "vae" => runs.Autoencoder(recipe),
                "base" => runs.Base(recipe, Path.Combine(tiny.Runs.Folder, "vae", "model")),
                _ => runs.Perception(recipe),
            };
            var trainer = new Trainer(task, recipe.Training, _folder.File(kind));
            if (resume)
                trainer.Resume("latest");
            Assert.True(trainer.Run(stop: TestContext.Current.CancellationToken));
            return trainer;
        }
    }

    private TrainingTaskFactory Runs(string output = "output") => new(Placement.Reference, _folder.File("cache"), _folder.File(output));

    private string Refused(Recipe recipe, Func<TrainingTaskFactory, TrainingTaskFactory>? change = null)
    {
        var runs = Runs() with { ResumeFrom = "latest" };
        return Assert.Throws<LumenException>(() => (change?.Invoke(runs) ?? runs).Adapter(recipe, tiny.Runs.Model)).Message;
    }

    private (long Step, string Basis) Run(
        Recipe recipe,
        string? resume = null,
        List<string>? notes = null,
        List<string>? warnings = null,
        IReadOnlyList<string>? allowed = null,
        string output = "output"
    )
    {
        var runs = Runs(output) with
        {
            ResumeFrom = resume,
            AllowedChanges = allowed ?? [],
            Note = (notes ?? []).Add,
            Warn = (warnings ?? []).Add,
        };
        var trainer = new Trainer(runs.Adapter(recipe, tiny.Runs.Model), recipe.Training, runs.Output) { AllowedChanges = allowed ?? [] };
        if (resume is not null)
            trainer.Resume(resume);
        Assert.True(trainer.Run(stop: TestContext.Current.CancellationToken));
        trainer.Export(Path.Combine(runs.Output, "controlnet"));
        using var basis = LayoutBasis.Load(Path.Combine(runs.Output, "controlnet"));
        return (trainer.Store.Step, basis.Hash);
    }
}
