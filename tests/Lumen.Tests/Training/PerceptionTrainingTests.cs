using Lumen.Core.Tensors;
using Lumen.Testing;
using Lumen.Tests.Perception;
using Lumen.Training;
using Lumen.Training.Perception;
using Xunit;

namespace Lumen.Tests.Training;

public sealed class PerceptionTrainingTests
{
    private static readonly PerceptionOptions Options = new()
    {
        Network = TinyPerception.Config,
        Placement = Placement.Reference,
        ValidationPictures = 4,
        Training = new TrainingOptions
        {
            MaxTrainSteps = 4,
            TrainBatchSize = 3,
            Seed = 7,
            Optimizer = new OptimizerOptions
            {
                LearningRate = 3e-3,
                LrWarmupSteps = 2,
                EmaDecay = 0.5,
            },
        },
    };

    [Fact]
    public void A_handful_of_pictures_is_learned_by_heart()
    {
        var data = TinyPerception.Scenes(2);
        var options = Options with
        {
            Network = TinyPerception.Config with { Widths = [16, 32, 32] },
            Augmentation = PerceptionAugmentation.None,
            Training = Options.Training with
            {
                MaxTrainSteps = 360,
                TrainBatchSize = 2,
                Optimizer = new OptimizerOptions
                {
                    LearningRate = 1e-2,
                    LrWarmupSteps = 10,
                    AdamWeightDecay = 0,
                    EmaDecay = 0.8,
                },
            },
        };
        var seen = new Seen();
        using var evaluator = new PerceptionEvaluator(
            PerceptionTraining.Run(data, data, options, seen, TestContext.Current.CancellationToken)
        );
        var report = PerceptionFigures.Of(evaluator, data, stop: TestContext.Current.CancellationToken);
        Assert.True(seen.Losses[^1] < 0.5 * seen.Losses[0], $"the loss fell from {seen.Losses[0]} to {seen.Losses[^1]} only");
        Assert.True(report.MeanIoU > 0.85, report.ToText());
        Assert.True(report.Depth!.AbsRel < 0.15, report.ToText());
        Assert.True(report.PixelAccuracy > 0.96, report.ToText());
        Assert.True(report.NormalMedianDegrees < 20, report.ToText());
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_and_another_one_others()
    {
        var data = TinyPerception.Scenes(5);
        Assert.Equal(Hash(Options), Hash(Options));
        Assert.NotEqual(Hash(Options), Hash(Options with { Training = Options.Training with { Seed = 8 } }));

        string Hash(PerceptionOptions options)
        {
            using var evaluator = new PerceptionEvaluator(
                PerceptionTraining.Run(data, data, options, stop: TestContext.Current.CancellationToken)
            );
            return evaluator.Hash;
        }
    }

    [Fact]
    public void A_run_that_is_stopped_goes_on_to_the_same_weights()
    {
        var data = TinyPerception.Scenes(5);
        using var folder = new TempFolder();
        using var through = new PerceptionEvaluator(
            PerceptionTraining.Run(data, data, Options, stop: TestContext.Current.CancellationToken)
        );

        using var stop = new CancellationTokenSource();
        var kept = Options with
        {
            OutputDir = folder.Path,
            Augmentation = PerceptionAugmentation.FlipOnly,
            Training = Options.Training with { CheckpointingSteps = 2, ValidationSteps = 2 },
        };
        Assert.Throws<OperationCanceledException>(() => PerceptionTraining.Run(data, data, kept, new StopAt(2, stop), stop.Token));
        Assert.Equal([2], new TrainingCheckpoints(folder.Path).Steps);
        using var resumed = new PerceptionEvaluator(PerceptionTraining.Run(data, data, kept, stop: TestContext.Current.CancellationToken));
        Assert.Equal(through.Hash, resumed.Hash);
        Assert.True(File.Exists(folder.File("previews/000004.png")));
    }

    [Fact]
    public void Two_steps_a_checkpoint_and_two_more_equal_four_steps_bit_for_bit()
    {
        var data = TinyPerception.Scenes(5);
        using var folder = new TempFolder();
        var classical = Options with { Augmentation = PerceptionAugmentation.Classical };
        var through = Stepped(4);
        var stopped = Stepped(2);
        new TrainingCheckpoints(folder.Path).Save(stopped.Store, 1);
        var resumed = new Trainer(PerceptionTraining.Task(data, data, classical), classical.Training, folder.Path);
        Assert.Equal(2, resumed.Resume("latest"));
        for (var step = 0; step < 2; step++)
            resumed.Step();
        Assert.Equal(through.Store.Fingerprint(), resumed.Store.Fingerprint());
        Assert.NotEqual(stopped.Store.Fingerprint(), resumed.Store.Fingerprint());

        Trainer Stepped(int steps)
        {
            var trainer = new Trainer(PerceptionTraining.Task(data, data, classical), classical.Training, folder.Path);
            for (var step = 0; step < steps; step++)
                trainer.Step();
            return trainer;
        }
    }

    [Fact]
    public void A_run_that_no_longer_gains_ends_and_gives_the_weights_that_were_best_on_what_is_held_out()
    {
        var data = TinyPerception.Scenes(4);
        var options = Options with
        {
            EarlyStopping = new EarlyStopping { Every = 3, Patience = 2 },
            // A rate that throws the weights about: the last ones are not the best.
            Training = Options.Training with
            {
                MaxTrainSteps = 200,
                Optimizer = Options.Training.Optimizer with { LearningRate = 0.05 },
            },
        };
        var seen = new Seen();
        using var evaluator = new PerceptionEvaluator(
            PerceptionTraining.Run(data, data, options, seen, TestContext.Current.CancellationToken)
        );
        var best = seen.Overlaps.Max();
        Assert.Equal(best, PerceptionFigures.Of(evaluator, data, stop: TestContext.Current.CancellationToken).MeanIoU!.Value, 1e-9);
        Assert.Equal(seen.Overlaps.Count, seen.Overlaps.IndexOf(best) + 1 + 2);
        Assert.True(seen.Steps[^1] < 200, $"it trained {seen.Steps[^1]} steps");
        Assert.Equal(3 * seen.Overlaps.Count, seen.Steps[^1]);
    }

    [Fact]
    public void Early_stopping_with_checkpoints_or_impossible_numbers_is_refused()
    {
        var data = TinyPerception.Scenes(2);
        using var folder = new TempFolder();
        Refused(Options with { EarlyStopping = new EarlyStopping(), OutputDir = folder.Path }, "trains all its steps");
        Refused(Options with { EarlyStopping = new EarlyStopping { Every = 0 } }, "every must be 1 or more but is 0");
        Refused(Options with { EarlyStopping = new EarlyStopping { Patience = -1 } }, "patience must be 1 or more but is -1");

        void Refused(PerceptionOptions options, string sentence) =>
            Assert.Contains(
                sentence,
                Assert.Throws<LumenException>(() => PerceptionTraining.Run(data, data, options)).Message,
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void Memory_does_not_grow_with_steps()
    {
        var data = TinyPerception.Scenes(3);
        var trainer = new Trainer(
            PerceptionTraining.Task(data, data, Options with { Augmentation = PerceptionAugmentation.Classical }),
            Options.Training with
            {
                MaxTrainSteps = 40,
                TrainBatchSize = 2,
            },
            ""
        );
        TensorLeak.Check(() => trainer.Step(), 10);
        TensorLeak.Check(() => trainer.Figures(), 2);
    }

    [Fact]
    public void Networks_and_pictures_that_do_not_belong_together_are_refused()
    {
        var data = TinyPerception.Scenes(2);
        Refused(
            Options with
            {
                Network = TinyPerception.Config with
                {
                    Classes = PerceptionClasses.Street with { Names = [.. PerceptionClasses.Street.Names.Reverse()] },
                },
            },
            "Both must be the same"
        );
        Refused(Options with { Augmentation = new PerceptionAugmentation { Flip = 3 } }, "flip must be 0 to 1 but is 3");
        Refused(Options with { Training = Options.Training with { TrainBatchSize = 0 } }, "train_batch_size must be 1 or more");
        var recipe = new RecipePerception { Heads = ["semantic", "flow"] };
        Assert.Contains(
            "There is no head \"flow\"",
            Assert.Throws<LumenException>(() => recipe.ConfigFor(data)).Message,
            StringComparison.Ordinal
        );

        void Refused(PerceptionOptions options, string sentence) =>
            Assert.Contains(
                sentence,
                Assert.Throws<LumenException>(() => PerceptionTraining.Run(data, data, options)).Message,
                StringComparison.Ordinal
            );
    }

    private sealed class Seen : IProgress<TrainingProgress>
    {
        public List<double> Losses { get; } = [];

        public List<double> Overlaps { get; } = [];

        public List<long> Steps { get; } = [];

        public void Report(TrainingProgress value)
        {
            Losses.Add(value.Loss);
            Steps.Add(value.Step);
            Overlaps.AddRange(value.Validation.Where(figure => figure.Key == "miou").Select(figure => figure.Value));
        }
    }

    private sealed class StopAt(long step, CancellationTokenSource stop) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step == step)
                stop.Cancel();
        }
    }
}
