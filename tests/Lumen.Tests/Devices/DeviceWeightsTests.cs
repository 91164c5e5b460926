using Lumen.Core.Tensors;
using Lumen.Testing;
using Lumen.Training;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Linear = TorchSharp.Modules.Linear;

namespace Lumen.Tests.Devices;

[Collection(SecondDevice.Name)]
public sealed class DeviceWeightsTests : IDisposable
{
    private static readonly OptimizerOptions Options = new()
    {
        LearningRate = 0.05,
        LrWarmupSteps = 2,
        AdamWeightDecay = 0.1,
        EmaDecay = 0.9,
        MaxGradNorm = 0.5,
    };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tensors_on_a_device_are_optimised_as_arrays_on_the_processor()
    {
        var (here, there) = (Line(Placement.Reference), Line(SecondDevice.Placement));
        var (host, device) = (Store(here), Store(there));
        Assert.Equal(host.Count, device.Count);
        for (var step = 0; step < 5; step++)
            Assert.Equal(Step(host, here, step), Step(device, there, step), 1e-4);
        Assert.Equal(SecondDevice.Placement.Device.type, there.weight.device_type);
        DeviceFixture.Close(here.weight, there.weight, 1e-5);
        DeviceFixture.Close(here.bias!, there.bias!, 1e-5);
        using (host.UseAverage())
        using (device.UseAverage())
            DeviceFixture.Close(here.weight, there.weight, 1e-5);
        DeviceFixture.Close(here.weight, there.weight, 1e-5);
    }

    [Fact]
    public void A_checkpoint_of_one_device_goes_on_on_another()
    {
        var (there, here) = (Line(SecondDevice.Placement), Line(Placement.Reference));
        var (device, host) = (Store(there), Store(here));
        Step(device, there, 0);
        Step(device, there, 1);
        device.Save(_folder.File("state.safetensors"));
        host.Load(_folder.File("state.safetensors"));
        Assert.Equal(device.Fingerprint(), host.Fingerprint());
        Assert.Equal(2, host.Step);

        var again = Line(SecondDevice.Placement);
        var back = Store(again);
        back.Load(_folder.File("state.safetensors"));
        Assert.Equal(device.Fingerprint(), back.Fingerprint());
        Assert.Equal(Step(device, there, 2), Step(back, again, 2), 1e-6);
        Assert.Equal(device.Fingerprint(), back.Fingerprint());
    }

    [Fact]
    public void A_gradient_that_is_not_finite_changes_nothing_on_a_device_either()
    {
        var line = Line(SecondDevice.Placement);
        var store = Store(line);
        var before = store.Fingerprint();
        using (var scope = NewDisposeScope())
            (line.call(ones(2, 3).to(SecondDevice.Placement.Device)) * float.NaN).sum().backward();
        Assert.False(double.IsFinite(store.Apply(10)));
        Assert.Equal(before, store.Fingerprint());
    }

    [Fact]
    public void Gradients_of_several_micro_batches_are_averaged()
    {
        var (one, two) = (Line(SecondDevice.Placement), Line(SecondDevice.Placement));
        var (whole, parts) = (Store(one), Store(two));
        Backward(one, [0, 1]);
        whole.Apply(10);
        Backward(two, [0]);
        parts.Accumulate();
        Backward(two, [1]);
        parts.Accumulate();
        parts.Apply(10);
        using var scope = NewDisposeScope();
        DeviceFixture.Close(one.weight.cpu(), two.weight, 1e-6);
    }

    [Fact]
    public void Moments_in_bfloat16_and_no_average_go_on_from_their_checkpoint()
    {
        var options = Options with { Moments = "bfloat16", EmaDecay = 0, MaxGradNorm = 0 };
        var (there, here) = (Line(SecondDevice.Placement), Line(Placement.Reference));
        var device = new MasterWeights(new Dictionary<string, Module> { ["line"] = there }, options);
        var host = new MasterWeights(new Dictionary<string, Module> { ["line"] = here }, options);
        for (var step = 0; step < 3; step++)
            Assert.Equal(Step(host, here, step), Step(device, there, step), 0.05);
        DeviceFixture.Close(here.weight, there.weight, 0.02); // rounded by other draws
        device.Save(_folder.File("small.safetensors"));
        host.Load(_folder.File("small.safetensors"));
        Assert.Equal(device.Fingerprint(), host.Fingerprint());
    }

    [Fact]
    public void Moments_in_eight_bits_are_those_of_the_processor_but_for_the_draws_and_go_on_from_their_checkpoint()
    {
        var options = Options with { Moments = "int8", MaxGradNorm = 0 };
        var (there, here) = (Line(SecondDevice.Placement), Line(Placement.Reference));
        var device = new MasterWeights(new Dictionary<string, Module> { ["line"] = there }, options);
        var host = new MasterWeights(new Dictionary<string, Module> { ["line"] = here }, options);
        for (var step = 0; step < 3; step++)
            Assert.Equal(Step(host, here, step), Step(device, there, step), 0.05);
        DeviceFixture.Close(here.weight, there.weight, 0.02); // rounded by other draws
        device.Save(_folder.File("small.safetensors"));
        host.Load(_folder.File("small.safetensors"));
        Assert.Equal(device.Fingerprint(), host.Fingerprint());
        var again = new MasterWeights(new Dictionary<string, Module> { ["line"] = Line(SecondDevice.Placement) }, options);
        again.Load(_folder.File("small.safetensors"));
        Assert.Equal(device.Fingerprint(), again.Fingerprint());
        var wide = new MasterWeights(new Dictionary<string, Module> { ["line"] = Line(SecondDevice.Placement) }, Options);
        wide.Load(_folder.File("small.safetensors"));
        wide.Save(_folder.File("wide.safetensors"));
        again.Load(_folder.File("wide.safetensors"));
        Assert.Equal(device.Fingerprint(), again.Fingerprint());
    }

    [Fact]
    public void An_average_on_the_processor_is_the_one_of_the_device()
    {
        var (one, two) = (Line(SecondDevice.Placement), Line(SecondDevice.Placement));
        var there = new MasterWeights(new Dictionary<string, Module> { ["line"] = one }, Options);
        var host = new MasterWeights(new Dictionary<string, Module> { ["line"] = two }, Options with { EmaDevice = "cpu" });
        for (var step = 0; step < 4; step++)
            Assert.Equal(Step(there, one, step), Step(host, two, step), 1e-6);
        using (there.UseAverage())
        using (host.UseAverage())
        {
            DeviceFixture.Close(one.weight.cpu(), two.weight, 1e-6);
            Assert.Equal(SecondDevice.Placement.Device.type, two.weight.device_type);
        }
        host.Save(_folder.File("host.safetensors"));
        there.Load(_folder.File("host.safetensors"));
        Assert.Equal(host.Fingerprint(), there.Fingerprint());
    }

    [Fact]
    public void Stochastic_rounding_keeps_the_mean_on_a_device()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var value in (float[])[1.001f, -3.7e-9f, 2f, 0f])
        {
            var values = full(40_000, value).to(SecondDevice.Placement.Device);
            var rounded = StochasticRounding.Of(values, 5, 3).cpu();
            Assert.Equal(value, rounded.to_type(ScalarType.Float64).mean().item<double>(), Math.Abs(value) * 1e-4);
            TensorAssert.Same(rounded, rounded.to_type(ScalarType.BFloat16).to_type(ScalarType.Float32));
        }
    }

    private static MasterWeights Store(Linear line) => new(new Dictionary<string, Module> { ["line"] = line }, Options);

    private static Linear Line(Placement placement)
    {
        var line = Linear(3, 2, true, placement.Device, placement.Compute);
        WeightInitialisation.Apply(line, new RandomStream(4));
        return line;
    }

    private static double Step(MasterWeights store, Linear line, int step)
    {
        Backward(line, [step]);
        return store.Apply(10);
    }

    // The mean over batches of equal size.
    private static void Backward(Linear line, long[] batches)
    {
        using var scope = NewDisposeScope();
        var x = cat([.. batches.Select(batch => new RandomStream(9).For(batch).Normal(4, 3))]);
        functional.mse_loss(line.call(x.to(line.weight.device)), x.narrow(1, 0, 2).to(line.weight.device) * 3).backward();
    }
}
