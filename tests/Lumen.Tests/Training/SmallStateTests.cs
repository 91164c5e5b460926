using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Testing;
using Lumen.Training;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Training;

/// <summary>Less state: moments in bfloat16, no average, no sum of gradients.</summary>
public sealed class SmallStateTests : IDisposable
{
    private static readonly OptimizerOptions Small = new()
    {
        LearningRate = 0.02,
        LrWarmupSteps = 5,
        AdamBeta2 = 0.999,
        AdamWeightDecay = 0,
        Moments = "bfloat16",
        EmaDecay = 0,
    };
    private static readonly TrainingOptions Options = new()
    {
        MaxTrainSteps = 300,
        TrainBatchSize = 8,
        Optimizer = Small,
    };
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Training_with_moments_in_bfloat16_ends_where_float32_ends()
    {
        var (wide, narrow) = (new LineTask(), new LineTask());
        Trained(wide, Small with { Moments = "float32" }, 300);
        Trained(narrow, Small, 300);
        Assert.True(wide.Validate()[0].Value < 1e-3, $"{wide.Validate()[0].Value}");
        Assert.True(narrow.Validate()[0].Value < 1e-3, $"{narrow.Validate()[0].Value}");
        TensorAssert.Close(wide.Weight, narrow.Weight, 0.02, 0);
    }

    [Theory]
    [InlineData("float32", 0.9, 16)]
    [InlineData("float32", 0, 12)]
    [InlineData("bfloat16", 0.9, 12)]
    [InlineData("bfloat16", 0, 8)]
    public void A_checkpoint_holds_what_goes_on_bit_for_bit_and_no_more(string moments, double ema, int bytes)
    {
        var options = Small with { Moments = moments, EmaDecay = ema };
        var through = Trained(new LineTask(), options, 7);
        var stopped = Trained(new LineTask(), options, 4);
        new TrainingCheckpoints(_folder.Path).Save(stopped.Store, 1);
        var resumed = new Trainer(new LineTask(), Options with { Optimizer = options }, _folder.Path);
        Assert.Equal(4, resumed.Resume("latest"));
        for (var step = 0; step < 3; step++)
            resumed.Step();
        Assert.Equal(through.Store.Fingerprint(), resumed.Store.Fingerprint());
        Assert.Equal(bytes * through.Store.Count, through.Store.CheckpointBytes);
        using var file = SafetensorsFile.Open(_folder.File("checkpoint-4/training_state.safetensors"));
        Assert.Equal(through.Store.CheckpointBytes + sizeof(long), file.Entries.Values.Sum(entry => entry.Length));
    }

    [Fact]
    public void A_state_without_an_average_begins_one_with_its_weights_and_moments_change_their_type()
    {
        var (own, other) = (new LineTask(), new LineTask());
        Trained(own, Small, 4).Store.Save(_folder.File("state.safetensors"));
        var store = new MasterWeights(other.Trained, Small with { Moments = "float32", EmaDecay = 0.99 });
        store.Load(_folder.File("state.safetensors"));
        using (store.UseAverage())
            TensorAssert.Same(own.Weight.detach(), other.Weight.detach());
    }

    [Fact]
    public void A_single_gradient_gives_the_step_of_a_sum_of_one()
    {
        var (one, two) = (new LineTask(), new LineTask());
        var (taken, summed) = (new MasterWeights(one.Trained, Small), new MasterWeights(two.Trained, Small));
        for (var step = 0; step < 3; step++)
        {
            one.Loss(step, 4, new RandomStream(1)).backward();
            two.Loss(step, 4, new RandomStream(1)).backward();
            summed.Accumulate();
            Assert.Equal(summed.Apply(10), taken.Apply(10));
            Assert.Null(one.Weight.grad);
        }
        Assert.Equal(summed.Fingerprint(), taken.Fingerprint());
    }

    [Fact]
    public void Tensors_are_made_one_at_a_time_while_a_file_is_written()
    {
        var (before, most) = (TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount, 0L);
        var tensors = Enumerable.Range(0, 4).Select(i => new StoredTensor($"t{i}", ScalarType.Float32, [2], () => Made(i))).ToList();
        SafetensorsWriter.WriteEach(_folder.File("file.safetensors"), tensors);
        Assert.Equal(1, most);
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(_folder.File("file.safetensors"));
        TensorAssert.Same(full(2, 3f), file.Read("t3"));

        Tensor Made(int i)
        {
            var made = full(2, (float)i);
            most = Math.Max(most, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount - before);
            return made;
        }
    }

    private Trainer Trained(LineTask task, OptimizerOptions options, int steps)
    {
        var trainer = new Trainer(task, Options with { Optimizer = options }, _folder.Path);
        for (var step = 0; step < steps; step++)
            trainer.Step();
        return trainer;
    }
}
