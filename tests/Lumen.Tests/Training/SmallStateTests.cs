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

    [Theory]
    [InlineData("bfloat16")]
    [InlineData("int8")]
    public void Training_with_narrow_moments_ends_where_float32_ends(string moments)
    {
        var (wide, narrow) = (new LineTask(), new LineTask());
        Trained(wide, Small with { Moments = "float32" }, 300);
        Trained(narrow, Small with { Moments = moments }, 300);
        Assert.True(wide.Validate()[0].Value < 1e-3, $"{wide.Validate()[0].Value}");
        Assert.True(narrow.Validate()[0].Value < 1e-3, $"{narrow.Validate()[0].Value}");
        TensorAssert.Close(wide.Weight, narrow.Weight, 0.02, 0);
    }

    [Theory]
    [InlineData("float32", 0.9, 16)]
    [InlineData("float32", 0, 12)]
    [InlineData("bfloat16", 0.9, 12)]
    [InlineData("bfloat16", 0, 8)]
    [InlineData("int8", 0.9, 0)]
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
        if (moments == "int8")
            return; // of a block of 256 there is a part alone; see below
        Assert.Equal(bytes * through.Store.Count, through.Store.CheckpointBytes);
        using var file = SafetensorsFile.Open(_folder.File("checkpoint-4/training_state.safetensors"));
        Assert.Equal(through.Store.CheckpointBytes + sizeof(long), file.Entries.Values.Sum(entry => entry.Length));
    }

    [Theory]
    [InlineData("bfloat16", 0.01)]
    [InlineData("int8", 0.02)]
    public void An_autoencoder_has_the_loss_of_float32_within_a_stated_share(string moments, double share)
    {
        Assert.Equal(1, Loss(moments) / Loss("float32"), share);

        double Loss(string type)
        {
            var recipe = TinyRuns.Vae with
            {
                Training = TinyRuns.Vae.Training with
                {
                    MaxTrainSteps = 150,
                    TrainBatchSize = 8,
                    Optimizer = Small with { LearningRate = 3e-3, Moments = type },
                },
            };
            var trainer = new Trainer(new TinyRuns(_folder.Path).Runs("vae").Autoencoder(recipe), recipe.Training, _folder.File("run"));
            var before = trainer.Figures()[0].Value;
            for (var step = 0; step < recipe.Training.MaxTrainSteps; step++)
                trainer.Step();
            var loss = trainer.Figures()[0].Value;
            TestContext.Current.TestOutputHelper?.WriteLine($"{type}: {before} to {loss}");
            Assert.True(loss < 0.3 * before, $"{type}: {before} to {loss}"); // it learns
            return loss;
        }
    }

    [Fact]
    public void Moments_in_eight_bits_take_a_byte_and_a_share_of_a_scale_and_go_on_bit_for_bit()
    {
        var (options, parameters) = (Small with { Moments = "int8" }, new Dictionary<string, nn.Module> { ["line"] = nn.Linear(40, 30) });
        var store = new MasterWeights(parameters, options);
        Step(store);
        store.Save(_folder.File("state.safetensors"));
        using (var file = SafetensorsFile.Open(_folder.File("state.safetensors")))
        {
            Assert.Equal(ScalarType.Byte, file.Entries["first/line.weight"].DType);
            Assert.Equal([5L], file.Entries["second_scale/line.weight"].Shape); // 1200 numbers
            var bytes = file.Entries.Values.Sum(entry => entry.Length) - sizeof(long);
            Assert.Equal((4 + 2) * store.Count + 2 * 4 * (5 + 1), bytes);
            Assert.InRange(store.CheckpointBytes, bytes - 100, bytes);
        }
        var other = new MasterWeights(new Dictionary<string, nn.Module> { ["line"] = nn.Linear(40, 30) }, options);
        other.Load(_folder.File("state.safetensors"));
        Assert.Equal(store.Fingerprint(), other.Fingerprint());
        var wide = new MasterWeights(
            new Dictionary<string, nn.Module> { ["line"] = nn.Linear(40, 30) },
            Small with
            {
                Moments = "float32",
            }
        );
        wide.Load(_folder.File("state.safetensors"));
        wide.Save(_folder.File("wide.safetensors"));
        other.Load(_folder.File("wide.safetensors")); // numbers that codes hold exactly, there and back
        Assert.Equal(store.Fingerprint(), other.Fingerprint());

        void Step(MasterWeights weights)
        {
            var line = (TorchSharp.Modules.Linear)parameters["line"];
            line.call(new RandomStream(3).Normal(8, 40)).square().mean().backward();
            weights.Apply(10);
        }
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
