using System.Security.Cryptography;
using Lumen.Core.Tensors;
using Lumen.Testing;
using Lumen.Training;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Tests.Training;

[Collection(TinyModel.Name)]
public sealed class AdapterTaskTests(TinyModel tiny)
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Training_an_adapter_leaves_every_byte_of_the_base_as_it_was(double photometric)
    {
        using var folder = new TempFolder();
        using var control = tiny.FreshControl();
        Module[] frozen = [tiny.Model.UNet, tiny.Model.Vae, tiny.Model.TextEncoder];
        var before = frozen.Select(Hash).ToArray();
        var adapter = Hash(control);
        var trainer = new Trainer(
            tiny.NewTask(control, photometric),
            new TrainingOptions { MaxTrainSteps = 3, TrainBatchSize = 2 },
            folder.Path
        );
        for (var step = 0; step < 3; step++)
            trainer.Step();
        Assert.Equal(before, frozen.Select(Hash));
        Assert.NotEqual(adapter, Hash(control));
        Assert.All(frozen.SelectMany(module => module.parameters()), parameter => Assert.Null(parameter.grad));
    }

    [Fact]
    public void An_untrained_adapter_changes_not_one_bit_of_the_denoiser()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var control = tiny.FreshControl();
        var random = new RandomStream(2);
        var sample = random.For(0).Normal(2, 4, 16, 16);
        var context = tiny.Model.Embed(["a street by day", "a street at night"]);
        var condition = random.For(1).Normal(2, TinyRuns.Components, TinyRuns.Size, TinyRuns.Size);
        var timestep = tensor(new[] { 400L });
        var plain = tiny.Model.UNet.Predict(sample, timestep, context);
        var steered = tiny.Model.UNet.Predict(sample, timestep, context, control.Residuals(sample, timestep, context, condition));
        TensorAssert.Same(plain, steered);
    }

    [Fact]
    public void Components_are_dropped_from_the_end_and_every_number_is_kept_at_times()
    {
        using var scope = NewDisposeScope();
        var kept = LayoutTraining.DropComponents(ones(400, 6, 2, 2), 0, new RandomStream(3)).mean([2, 3]); // [400, 6]
        var counts = kept.sum(1).to_type(ScalarType.Int64).data<long>().ToArray();
        var prefix = arange(6).unsqueeze(0).lt(tensor(counts).unsqueeze(1)).to_type(ScalarType.Float32);
        TensorAssert.Same(prefix, kept);
        Assert.Equal([1L, 2, 3, 4, 5, 6], counts.Distinct().Order());
        var half = LayoutTraining
            .DropComponents(ones(400, 6, 1, 1), 0.5, new RandomStream(3))
            .flatten(1)
            .sum(1)
            .eq(6)
            .to_type(ScalarType.Float32)
            .mean()
            .item<float>();
        Assert.InRange(half, 0.5, 0.7); // half on purpose, and a sixth of the others by chance
        TensorAssert.Same(ones(5, 6, 1, 1), LayoutTraining.DropComponents(ones(5, 6, 1, 1), 1, new RandomStream(3)));
    }

    [Fact]
    public void Layouts_of_jittered_pictures_change_the_loss_and_depend_on_the_step_alone()
    {
        using var scope = NewDisposeScope();
        using var control = tiny.FreshControl();
        control.load_state_dict(tiny.Adapter.Control.state_dict());
        var random = new RandomStream(1);
        double Loss(double photometric) => tiny.NewTask(control, photometric).Loss(1, 4, random).item<float>();
        Assert.NotEqual(Loss(0), Loss(1));
        Assert.Equal(Loss(1), Loss(1));
    }

    private static string Hash(Module module)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, value) in module.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            using var dense = value.detach().contiguous();
            hash.AppendData(dense.bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
