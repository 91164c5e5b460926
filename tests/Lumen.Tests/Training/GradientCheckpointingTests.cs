using Lumen.Core.Tensors;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Layers;
using Lumen.Testing;
using Lumen.Training;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Training;

[Collection(TinyModel.Name)]
public sealed class GradientCheckpointingTests(TinyModel tiny)
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Losses_and_gradients_of_an_adapter_are_those_without_it(double photometric)
    {
        using var control = Trained();
        var plain = Step(() => tiny.NewTask(control, photometric).Loss(3, 4, new RandomStream(1)), control);
        try
        {
            control.GradientCheckpointing = tiny.Model.UNet.GradientCheckpointing = true;
            var recomputed = Step(() => tiny.NewTask(control, photometric).Loss(3, 4, new RandomStream(1)), control);
            Assert.Equal(plain.Loss, recomputed.Loss);
            Assert.All(plain.Gradients.Zip(recomputed.Gradients), pair => TensorAssert.Close(pair.First, pair.Second, 1e-6, 1e-4));
        }
        finally
        {
            tiny.Model.UNet.GradientCheckpointing = false;
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1)]
    [InlineData(ScalarType.BFloat16, 1)]
    [InlineData(ScalarType.BFloat16, 2)]
    public void Gradients_of_a_denoiser_reach_weights_sample_and_prompt_alike(ScalarType compute, int threads)
    {
        var before = get_num_threads();
        set_num_threads(threads);
        try
        {
            using var scope = NewDisposeScope();
            using var unet = new UNet2DConditionModel(Wide(), new Placement(CPU, compute));
            WeightInitialisation.Apply(unet, new RandomStream(2));
            var (plain, recomputed) = (Gradients(unet, false), Gradients(unet, true));
            Assert.Equal(plain.Count, recomputed.Count);
            var (atol, rtol) = compute == ScalarType.Float32 ? (1e-6, 1e-4) : (1e-3, 0.02); // sums in another order
            Assert.All(plain.Zip(recomputed), pair => TensorAssert.Close(pair.First, pair.Second, atol, rtol));
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void Nothing_between_input_and_output_is_kept()
    {
        using var scope = NewDisposeScope();
        var (runs, x) = (0, ones(3).requires_grad_());
        var result = Recomputation.Apply(
            inputs =>
            {
                runs++;
                return inputs[0].square().sin();
            },
            x
        );
        Assert.Equal(1, runs);
        result.sum().backward();
        Assert.Equal(2, runs);
        TensorAssert.Close(2 * ones(3).cos(), x.grad!, 1e-6, 1e-6);
        using var frozen = no_grad();
        Recomputation.Apply(inputs => inputs[0] * runs++, x);
        Assert.Equal(3, runs);
    }

    [Fact]
    public void A_backward_pass_lets_go_of_gradients_and_inputs_as_it_goes()
    {
        LeftAfter(1); // what an earlier pass of this thread passed on last
        Assert.Equal(LeftAfter(3), LeftAfter(30));

        // Handles that a backward pass leaves, while the loss is still there.
        static long LeftAfter(int blocks)
        {
            using var scope = NewDisposeScope();
            var weight = ones(3).requires_grad_();
            var y = weight * 1;
            for (var i = 0; i < blocks; i++)
                y = Recomputation.Apply(inputs => inputs[0].sin(), y);
            using var loss = y.sum();
            var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            loss.backward();
            return TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount - before;
        }
    }

    [Fact]
    public void Memory_does_not_grow_with_steps()
    {
        using var folder = new TempFolder();
        using var control = Trained();
        control.GradientCheckpointing = true;
        var trainer = new Trainer(tiny.NewTask(control, 0), new TrainingOptions { TrainBatchSize = 1 }, folder.Path);
        TensorLeak.Check(() => trainer.Step(), 30);
    }

    [Fact]
    public void A_recipe_switches_it_on_and_changes_no_step_beyond_rounding()
    {
        var (plain, recomputed) = (FirstStep(false), FirstStep(true));
        Assert.Equal(plain.Loss, recomputed.Loss, 1e-6);
        Assert.Equal(plain.Norm, recomputed.Norm, 1e-4 * plain.Norm);
        var refused = Assert.Throws<LumenException>(() =>
            tiny.Runs.Runs("refused").Autoencoder(TinyRuns.Vae with { Training = new TrainingOptions { GradientCheckpointing = true } })
        );
        Assert.Contains("gradient_checkpointing is for base and adapter", refused.Message, StringComparison.Ordinal);
    }

    private (double Loss, double Norm) FirstStep(bool recomputes)
    {
        using var folder = new TempFolder();
        var training = TinyRuns.Adapter.Training with { GradientCheckpointing = recomputes };
        var task = tiny.Runs.Runs("adapter").Adapter(TinyRuns.Adapter with { Training = training }, tiny.Runs.Model);
        return new Trainer(task, training, folder.Path).Step();
    }

    // Zero convolutions would leave most gradients zero.
    private ControlNetModel Trained()
    {
        var control = tiny.FreshControl();
        WeightInitialisation.Apply(control, new RandomStream(5));
        return control;
    }

    private static (double Loss, List<Tensor> Gradients) Step(Func<Tensor> loss, nn.Module module)
    {
        foreach (var parameter in module.parameters())
            parameter.grad = null;
        using var scope = NewDisposeScope();
        using var value = loss();
        value.backward();
        return (value.item<float>(), [.. module.parameters().Select(parameter => parameter.grad!.clone().DetachFromDisposeScope())]);
    }

    private static List<Tensor> Gradients(UNet2DConditionModel unet, bool recomputes)
    {
        unet.GradientCheckpointing = recomputes;
        var random = new RandomStream(8);
        var sample = random.For(0).Normal(2, 4, 9, 8).requires_grad_(); // an odd side: upsampling goes to the skip's size
        var context = random.For(1).Normal(2, 5, 32).requires_grad_();
        var (_, gradients) = Step(() => unet.Predict(sample, tensor(new[] { 3L, 700 }), context).square().mean(), unet);
        return [sample.grad!, context.grad!, .. gradients];
    }

    private static UNetConfig Wide() =>
        UNetConfig.Parse(
            """
            { "block_out_channels": [32, 64], "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"], "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"],
              "layers_per_block": 1, "attention_head_dim": 2, "norm_num_groups": 8, "cross_attention_dim": 32, "in_channels": 4, "out_channels": 4 }
            """
        );
}
