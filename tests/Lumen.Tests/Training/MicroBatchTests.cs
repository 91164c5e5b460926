using Lumen.Core.Tensors;
using Lumen.Testing;
using Lumen.Training;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Training;

[Collection(TinyModel.Name)]
public sealed class MicroBatchTests(TinyModel tiny)
{
    private static readonly TrainingOptions Options = new()
    {
        MaxTrainSteps = 4,
        TrainBatchSize = 2,
        GradientAccumulationSteps = 3,
        Seed = 7,
    };

    [Theory]
    [InlineData("vae")]
    [InlineData("base")]
    [InlineData("adapter")]
    public void The_number_of_threads_that_share_the_micro_batches_changes_no_bit(string kind)
    {
        var threads = get_num_threads();
        try
        {
            var states = new[] { 1, 2, 3 }.Select(count => StateAfterTwoSteps(kind, count)).ToList();
            Assert.Single(states.Distinct());
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void The_step_follows_the_mean_of_the_gradients_of_its_micro_batches()
    {
        var (task, random) = (new LineTask(), new RandomStream(7));
        var store = new MasterWeights(task.Trained, new OptimizerOptions());
        var gradients = Enumerable
            .Range(0, 3)
            .Select(part =>
            {
                task.Loss(part, 2, random).backward();
                var gradient = cat([.. task.Trained["line"].parameters().Select(parameter => parameter.grad!.flatten())]).clone();
                store.Accumulate();
                return gradient;
            })
            .ToList();
        Assert.Equal(stack(gradients).mean([0]).norm().item<float>(), store.Apply(10), 1e-5);
    }

    [Fact]
    public void A_loss_that_is_not_a_number_in_any_micro_batch_stops_the_run_and_changes_no_weight()
    {
        using var folder = new TempFolder();
        var trainer = new Trainer(new LineTask((microBatch, loss) => microBatch == 4 ? loss * float.NaN : loss), Options, folder.Path);
        trainer.Step();
        var before = trainer.Store.Fingerprint();
        Assert.Contains("step 2", Assert.Throws<LumenException>(() => trainer.Step()).Message, StringComparison.Ordinal);
        Assert.Equal(before, trainer.Store.Fingerprint());
    }

    [Fact]
    public void Replicas_see_every_new_weight()
    {
        var (own, other) = (new LineTask(), new LineTask());
        var store = new MasterWeights(own.Trained, new OptimizerOptions { LearningRate = 0.1, LrWarmupSteps = 0 });
        store.AddReplica(other.Trained);
        var before = other.Weight.detach().clone();
        own.Loss(0, 4, new RandomStream(1)).backward();
        store.Apply(10);
        TensorAssert.Same(own.Weight.detach(), other.Weight.detach());
        Assert.False(before.equal(other.Weight.detach()).all().item<bool>());
        using (store.UseAverage())
            TensorAssert.Same(own.Weight.detach(), other.Weight.detach());
    }

    [Fact]
    public void Memory_does_not_grow_with_steps_on_two_threads()
    {
        var threads = get_num_threads();
        set_num_threads(2);
        try
        {
            using var folder = new TempFolder();
            var trainer = new Trainer(
                tiny.Runs.Task("adapter"),
                Options with
                {
                    TrainBatchSize = 1,
                    GradientAccumulationSteps = 2,
                    MaxTrainSteps = 40,
                },
                folder.Path
            );
            TensorLeak.Check(() => trainer.Step(), 30);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    private string StateAfterTwoSteps(string kind, int threads)
    {
        using var folder = new TempFolder();
        set_num_threads(1); // what is prepared (text embeddings) does depend on it
        var task = tiny.Runs.Task(kind);
        set_num_threads(threads);
        var trainer = new Trainer(task, Options, folder.Path);
        trainer.Step();
        trainer.Step();
        return trainer.Store.Fingerprint();
    }
}
