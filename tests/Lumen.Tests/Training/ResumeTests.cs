using Lumen.Testing;
using Lumen.Training;
using Xunit;

namespace Lumen.Tests.Training;

[Collection(TinyModel.Name)]
public sealed class ResumeTests(TinyModel tiny)
{
    private static readonly TrainingOptions Options = new()
    {
        MaxTrainSteps = 4,
        TrainBatchSize = 3,
        Seed = 7,
    };

    [Theory]
    [InlineData("vae")]
    [InlineData("base")]
    [InlineData("adapter")]
    public void Two_steps_a_stop_and_two_more_equal_four_steps_bit_for_bit(string kind)
    {
        using var folder = new TempFolder();
        var through = new Trainer(tiny.Runs.Task(kind), Options, folder.Path);
        Steps(through, 4);

        var stopped = new Trainer(tiny.Runs.Task(kind), Options, folder.Path);
        Steps(stopped, 2);
        new TrainingCheckpoints(folder.Path).Save(stopped.Store, 1);

        var resumed = new Trainer(tiny.Runs.Task(kind), Options, folder.Path);
        Assert.Equal(2, resumed.Resume("latest"));
        Assert.Equal(stopped.Store.Fingerprint(), resumed.Store.Fingerprint());
        Steps(resumed, 2);
        Assert.Equal(through.Store.Fingerprint(), resumed.Store.Fingerprint());
        Assert.NotEqual(stopped.Store.Fingerprint(), resumed.Store.Fingerprint());
    }

    [Theory]
    [InlineData("vae")]
    [InlineData("base")]
    [InlineData("adapter")]
    public void Held_out_figures_are_the_same_each_time(string kind)
    {
        var task = tiny.Runs.Task(kind);
        using var frozen = TorchSharp.torch.no_grad();
        using var scope = TorchSharp.torch.NewDisposeScope();
        var first = task.Validate();
        Assert.All(first, figure => Assert.True(double.IsFinite(figure.Value), figure.Key));
        Assert.Equal(first, task.Validate());
    }

    [Theory]
    [InlineData("vae")]
    [InlineData("adapter")]
    public void Memory_does_not_grow_with_steps(string kind)
    {
        using var folder = new TempFolder();
        var trainer = new Trainer(tiny.Runs.Task(kind), Options with { TrainBatchSize = 1, MaxTrainSteps = 40 }, folder.Path);
        TensorLeak.Check(() => trainer.Step(), 30);
    }

    [Fact]
    public void A_run_writes_checkpoints_previews_and_parts_that_open_again()
    {
        using var folder = new TempFolder();
        var trainer = new Trainer(tiny.Runs.Task("adapter"), Options with { MaxTrainSteps = 1 }, folder.Path);
        Assert.True(trainer.Run(stop: TestContext.Current.CancellationToken));
        Assert.True(File.Exists(folder.File("previews/000001.png")));
        trainer.Export(folder.File("controlnet"));
        using var adapter = Lumen.Generation.LayoutAdapter.Load(folder.File("controlnet"), tiny.Model);
        Assert.Equal(TinyRuns.Components, adapter.Basis.Components);
    }

    private static void Steps(Trainer trainer, int count)
    {
        for (var step = 0; step < count; step++)
            trainer.Step();
    }
}
