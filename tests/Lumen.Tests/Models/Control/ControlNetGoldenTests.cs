using Lumen.Core.Tensors;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Testing;
using Lumen.Testing.Parity;
using Lumen.Training;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Control;

public sealed class ControlNetGoldenTests
{
    private static readonly RandomStream Random = new(7);

    [Theory]
    [InlineData("sd/io/controlnet")]
    [InlineData("keys/sd15_controlnet")]
    [InlineData("keys/sd21_controlnet")]
    public void Residuals_and_names_are_upstreams(string folder) => ParityAssert.Passes(folder);

    [Fact]
    public void An_untrained_adapter_changes_nothing_at_all()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var config = UNetConfig.Parse(File.ReadAllText(Golden.Path("sd/pipeline/unet/config.json")));
        using var unet = new UNet2DConditionModel(config, Placement.Reference);
        FormulaWeights.Fill(unet, FormulaWeights.UNetOrdinal);
        using var control = new ControlNetModel(new ControlNetConfig(config) { ConditioningChannels = 5 }, Placement.Reference);
        control.InitialiseFrom(unet);
        var (sample, context, condition) = (
            Random.For(0).Normal(1, 4, 6, 4),
            Random.For(1).Normal(1, 3, 32),
            Random.For(2).Normal(1, 5, 48, 32)
        );
        var timestep = tensor(new[] { 250L });
        var with = unet.Predict(sample, timestep, context, control.Residuals(sample, timestep, context, condition));
        TensorAssert.Same(unet.Predict(sample, timestep, context), with);
    }

    [Fact]
    public void An_adapter_begun_with_another_reads_the_others_condition_from_its_own()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var config = new ControlNetConfig(UNetConfig.Parse(File.ReadAllText(Golden.Path("sd/pipeline/unet/config.json"))));
        using var other = new ControlNetModel(config with { ConditioningChannels = 5 }, Placement.Reference);
        WeightInitialisation.Apply(other, Random.For(3));
        var (turn, offset) = (Random.For(4).Normal(5, 3).to_type(ScalarType.Float64), Random.For(5).Normal(5).to_type(ScalarType.Float64));
        using var control = new ControlNetModel(config with { ConditioningChannels = 3 }, Placement.Reference);
        control.InitialiseFrom(other, (turn, offset));
        var condition = Random.For(6).Normal(1, 3, 48, 32);
        var turned = einsum("oi,bihw->bohw", turn, condition.to_type(ScalarType.Float64)) + offset.view(1, -1, 1, 1);
        // The border, beyond which there is no offset, reaches two cells in.
        TensorAssert.Close(
            other.Embed(turned.to_type(ScalarType.Float32)).narrow(2, 2, 2),
            control.Embed(condition).narrow(2, 2, 2),
            1e-4,
            1e-4
        );
        Assert.All(
            control.state_dict().Where(weight => !weight.Key.Contains("conv_in", StringComparison.Ordinal)),
            weight => TensorAssert.Same(other.state_dict()[weight.Key], weight.Value)
        );

        using var copy = new ControlNetModel(config with { ConditioningChannels = 5 }, Placement.Reference);
        copy.InitialiseFrom(other);
        Assert.All(copy.state_dict(), weight => TensorAssert.Same(other.state_dict()[weight.Key], weight.Value));
    }

    [Fact]
    public void A_condition_of_another_size_is_refused_with_the_size_it_needs()
    {
        using var scope = NewDisposeScope();
        var config = ControlNetConfig.Parse(File.ReadAllText(Golden.Path("sd/pipeline/controlnet/config.json")));
        using var control = new ControlNetModel(config, Placement.Reference);
        var fault = Assert.Throws<ArgumentException>(() =>
            control.Residuals(zeros(1, 4, 6, 4), tensor(new[] { 1L }), zeros(1, 3, 32), zeros(1, 4, 48, 32))
        );
        Assert.Contains("[B, 3, 8·H, 8·W]", fault.Message);
    }

    [Fact]
    public void A_configuration_reads_back_as_written()
    {
        var config = ControlNetConfig.Parse(File.ReadAllText(Golden.Path("full_scale/tiny/controlnet_config.json")));
        Assert.Equal(20, config.ConditioningChannels);
        Assert.Equal(config.ToJson(), ControlNetConfig.Parse(config.ToJson()).ToJson());
        Assert.Contains(
            "global_pool_conditions",
            Assert.Throws<LumenException>(() => ControlNetConfig.Parse("""{"global_pool_conditions": true}""")).Message
        );
    }
}
