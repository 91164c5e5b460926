using Lumen.Core.Processes;
using Lumen.Testing;
using Lumen.Tests.Training;
using Lumen.Training;
using Xunit;

namespace Lumen.Tests.Processes;

[Collection(TinyModel.Name)]
public sealed class SharedTrainingTests(TinyModel tiny)
{
    private static readonly TrainingOptions Options = new()
    {
        MaxTrainSteps = 3,
        TrainBatchSize = 4,
        Seed = 7,
        Optimizer = new OptimizerOptions
        {
            LearningRate = 1e-2,
            LrWarmupSteps = 0,
            AdamEpsilon = 1e-2,
        }, // a step is about linear in the gradient
    };

    [Theory]
    [InlineData("vae", 2, 1)]
    [InlineData("vae", 4, 1)]
    [InlineData("base", 2, 1)]
    [InlineData("base", 4, 2)] // halves of two micro-batches
    [InlineData("base", 2, 4)]
    [InlineData("adapter", 2, 1)]
    [InlineData("adapter", 4, 1)]
    public void Processes_that_share_a_batch_make_the_steps_of_one_that_has_all_of_it(string kind, int size, int microBatches)
    {
        var options = Options with { GradientAccumulationSteps = microBatches };
        var alone = ThreadJob.Run(1, job => Steps(kind, options, job))[0];
        foreach (var shared in ThreadJob.Run(size, job => Steps(kind, options, job)))
        {
            for (var step = 0; step < alone.Losses.Length; step++)
            {
                Assert.Equal(alone.Losses[step], shared.Losses[step], 1e-5);
                Assert.Equal(alone.Norms[step], shared.Norms[step], 1e-4 * alone.Norms[step]);
            }
            Assert.Equal(alone.Weights.Length, shared.Weights.Length);
            Assert.True(alone.Weights.Zip(shared.Weights).Max(pair => Math.Abs(pair.First - pair.Second)) < 2e-5);
        }
    }

    [Fact]
    public void All_processes_have_the_same_bits_after_a_step()
    {
        var states = ThreadJob.Run(
            3,
            job =>
            {
                using var folder = new TempFolder();
                var trainer = new Trainer(new LineTask(), Options with { GradientAccumulationSteps = 3 }, folder.Path, job);
                trainer.Step();
                return trainer.Store.Fingerprint();
            }
        );
        Assert.Single(states.Distinct());
    }

    [Fact]
    public void A_step_that_cannot_be_shared_evenly_is_refused_with_its_numbers()
    {
        using var folder = new TempFolder();
        var fault = Assert.Throws<LumenException>(() => new Trainer(tiny.Runs.Task("vae"), Options, folder.Path, new SingleProcess(3)));
        Assert.Contains("3 processes", fault.Message, StringComparison.Ordinal);
        Assert.Contains("1 x 4 samples", fault.Message, StringComparison.Ordinal);
        var whole = Assert.Throws<LumenException>(() => new Trainer(new LineTask(), Options, folder.Path, new SingleProcess(2)));
        Assert.Contains("gradient_accumulation_steps to a multiple of 2", whole.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_is_not_a_number_in_one_process_stops_all()
    {
        using var folder = new TempFolder();
        var sound = ThreadJob.Run(
            2,
            job =>
            {
                var task = new LineTask((microBatch, loss) => microBatch == 1 ? loss * float.NaN : loss);
                var trainer = new Trainer(task, Options with { GradientAccumulationSteps = 2 }, folder.Path, job);
                return Assert.Throws<LumenException>(() => trainer.Step()).Message.Contains("step 1", StringComparison.Ordinal);
            }
        );
        Assert.All(sound, Assert.True);
    }

    [Fact]
    public void A_process_with_other_settings_is_named_before_the_first_step()
    {
        using var folder = new TempFolder();
        var messages = ThreadJob.Run(
            2,
            job =>
            {
                var options = Options with { GradientAccumulationSteps = 2, Seed = job.Rank == 1 ? 8UL : 7 };
                var trainer = new Trainer(new LineTask(), options, folder.Path, job);
                return Assert.Throws<LumenException>(() => trainer.Run()).Message;
            }
        );
        Assert.All(messages, message => Assert.StartsWith("Process 1 has another run than process 0", message, StringComparison.Ordinal));
    }

    [Fact]
    public void All_processes_stop_after_the_same_step_and_process_0_alone_saves()
    {
        using var folder = new TempFolder();
        var steps = ThreadJob.Run(
            2,
            job =>
            {
                using var stop = new CancellationTokenSource();
                var task = new LineTask(
                    (microBatch, loss) =>
                    {
                        if (microBatch == 3)
                            stop.Cancel(); // only the process that computes it is told
                        return loss;
                    }
                );
                var options = Options with { MaxTrainSteps = 1000, GradientAccumulationSteps = 2 };
                var trainer = new Trainer(task, options, Path.Combine(folder.Path, $"{job.Rank}"), job);
                Assert.False(trainer.Run(stop: stop.Token));
                return trainer.Store.Step;
            }
        );
        Assert.Equal([2, 2], steps);
        Assert.Equal([2], new TrainingCheckpoints(Path.Combine(folder.Path, "0")).Steps);
        Assert.Empty(new TrainingCheckpoints(Path.Combine(folder.Path, "1")).Steps);
    }

    private (double[] Losses, double[] Norms, float[] Weights) Steps(string kind, TrainingOptions options, ICommunicator job)
    {
        using var folder = new TempFolder();
        ITrainingTask task;
        lock (tiny)
            task = tiny.Runs.Task(kind);
        job.Wait();
        var trainer = new Trainer(task, options, folder.Path, job);
        var steps = Enumerable.Range(0, (int)options.MaxTrainSteps).Select(_ => trainer.Step()).ToArray();
        float[] weights =
        [
            .. task.Trained.Values.SelectMany(module => module.parameters()).SelectMany(one => one.detach().data<float>().ToArray()),
        ];
        return ([.. steps.Select(step => step.Loss)], [.. steps.Select(step => step.GradientNorm)], weights);
    }
}
