using Lumen.Testing;
using Lumen.Training;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Training;

public sealed class TrainerTests
{
    private static readonly TrainingOptions Options = new()
    {
        MaxTrainSteps = 10,
        TrainBatchSize = 4,
        CheckpointingSteps = 2,
        CheckpointsTotalLimit = 2,
        ValidationSteps = 5,
        Optimizer = new OptimizerOptions { LearningRate = 0.05, LrWarmupSteps = 2 },
    };

    [Fact]
    public void Training_lowers_the_loss()
    {
        using var folder = new TempFolder();
        var trainer = new Trainer(new LineTask(), Options with { MaxTrainSteps = 200 }, folder.Path);
        var first = trainer.Step().Loss;
        Assert.True(trainer.Run(stop: TestContext.Current.CancellationToken));
        Assert.True(trainer.Step().Loss < first / 10);
    }

    [Fact]
    public void A_loss_that_is_not_a_number_stops_with_the_step_and_the_last_good_checkpoint_and_changes_no_weight()
    {
        using var folder = new TempFolder();
        var trainer = new Trainer(new LineTask((step, loss) => step == 5 ? loss * float.NaN : loss), Options, folder.Path);
        var fault = Assert.Throws<LumenException>(() => trainer.Run());
        Assert.Contains("step 6", fault.Message, StringComparison.Ordinal);
        Assert.Contains("checkpoint-4", fault.Message, StringComparison.Ordinal);
        Assert.Equal(5, trainer.Store.Step);
        Assert.Equal(StateAfter(5), trainer.Store.Fingerprint());
    }

    [Fact]
    public void A_gradient_that_is_not_finite_stops_too_although_the_loss_is()
    {
        using var folder = new TempFolder();
        var trainer = new Trainer(new LineTask((step, loss) => step == 1 ? (loss * 0).sqrt() : loss), Options, folder.Path);
        trainer.Step();
        var fault = Assert.Throws<LumenException>(() => trainer.Step());
        Assert.Contains("There is no checkpoint yet", fault.Message, StringComparison.Ordinal);
        Assert.Equal(StateAfter(1), trainer.Store.Fingerprint());
    }

    [Fact]
    public void Cancelled_training_writes_a_checkpoint_from_which_the_run_ends_as_if_it_had_not_been_cancelled()
    {
        using var folder = new TempFolder();
        using var stop = new CancellationTokenSource();
        var stopping = new LineTask(
            (step, loss) =>
            {
                if (step == 4)
                    stop.Cancel();
                return loss;
            }
        );
        Assert.False(new Trainer(stopping, Options with { CheckpointingSteps = 100 }, folder.Path).Run(stop: stop.Token));
        var again = new Trainer(new LineTask(), Options, folder.Path);
        Assert.Equal(5, again.Resume("latest"));
        Assert.True(again.Run(stop: TestContext.Current.CancellationToken));
        Assert.Equal(StateAfter(10), again.Store.Fingerprint());
    }

    [Fact]
    public void Only_the_newest_checkpoints_are_kept_and_any_of_them_can_be_named()
    {
        using var folder = new TempFolder();
        new Trainer(new LineTask(), Options, folder.Path).Run(stop: TestContext.Current.CancellationToken);
        Assert.Equal([8L, 10L], new TrainingCheckpoints(folder.Path).Steps);
        Assert.Equal(8, new Trainer(new LineTask(), Options, folder.Path).Resume("checkpoint-8"));
        Assert.Equal(10, new Trainer(new LineTask(), Options, folder.Path).Resume("10"));
        var fault = Assert.Throws<LumenException>(() => new Trainer(new LineTask(), Options, folder.Path).Resume("3"));
        Assert.Contains("checkpoint-8, checkpoint-10", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_estimate_changes_no_weight()
    {
        using var folder = new TempFolder();
        var trainer = new Trainer(new LineTask(), Options, folder.Path);
        var estimate = trainer.Estimate();
        Assert.Equal(4, estimate.Parameters);
        trainer.Step();
        Assert.Equal(StateAfter(1), trainer.Store.Fingerprint());
    }

    [Fact]
    public void Progress_tells_the_held_out_figures_at_their_steps()
    {
        using var folder = new TempFolder();
        var seen = new Seen();
        new Trainer(new LineTask(), Options, folder.Path).Run(seen, TestContext.Current.CancellationToken);
        Assert.Equal([5L, 10L], seen.Reports.Select(report => report.Step));
        Assert.All(seen.Reports, report => Assert.Equal("validation_loss", report.Validation[0].Key));
        Assert.Equal(TimeSpan.Zero, seen.Reports[^1].Remaining);
    }

    [Fact]
    public void Impossible_settings_are_refused_together()
    {
        var fault = Assert.Throws<LumenException>(() =>
            new Trainer(new LineTask(), Options with { TrainBatchSize = 0, MaxTrainSteps = 0 }, "nowhere")
        );
        Assert.Contains("train_batch_size", fault.Message, StringComparison.Ordinal);
        Assert.Contains("max_train_steps", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_modules_compute_with_the_averaged_weights_only_while_asked_to()
    {
        var task = new LineTask();
        var store = new MasterWeights(
            task.Trained,
            new OptimizerOptions
            {
                LearningRate = 0.1,
                LrWarmupSteps = 0,
                EmaDecay = 0.9,
            }
        );
        var start = task.Weight.detach().clone();
        Descend(store, task, 1);
        var trained = task.Weight.detach().clone();
        using (store.UseAverage())
        {
            // The average's decay is warmed up: (1 + 0) / (10 + 0) of the start is kept at the first step.
            TensorAssert.Close(start * 0.1 + trained * 0.9, task.Weight, 1e-6, 0);
            Assert.Throws<InvalidOperationException>(() => store.UseAverage());
        }
        TensorAssert.Same(trained, task.Weight.detach());
    }

    [Fact]
    public void A_state_of_another_model_is_refused()
    {
        using var folder = new TempFolder();
        var path = folder.File("state.safetensors");
        new MasterWeights(new LineTask().Trained, new OptimizerOptions()).Save(path);
        var other = new MasterWeights(new Dictionary<string, nn.Module> { ["line"] = nn.Linear(5, 1) }, new OptimizerOptions());
        Assert.Contains("another recipe", Assert.Throws<LumenException>(() => other.Load(path)).Message, StringComparison.Ordinal);
    }

    private static string StateAfter(int steps)
    {
        var task = new LineTask();
        var store = new MasterWeights(task.Trained, Options.Optimizer);
        Descend(store, task, steps);
        return store.Fingerprint();
    }

    private static void Descend(MasterWeights store, LineTask task, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            using var loss = task.Loss(store.Step, Options.TrainBatchSize, new Lumen.Core.Tensors.RandomStream(Options.Seed));
            loss.backward();
            store.Apply(Options.MaxTrainSteps);
        }
    }

    private sealed class Seen : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> Reports { get; } = [];

        public void Report(TrainingProgress value) => Reports.Add(value);
    }
}
