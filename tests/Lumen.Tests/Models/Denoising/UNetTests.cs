using Lumen.Core.Tensors;
using Lumen.Models.Denoising;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Denoising;

public sealed class UNetTests
{
    private static readonly string Published = Golden.Path("sd/pipeline/unet/config.json");

    [Fact]
    public void Nothing_behind_the_last_wanted_block_is_computed()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var unet = Tiny();
        var tap = new ActivationTap(new HashSet<string> { "up_blocks.0" }, stopsEarly: true);
        unet.Features(zeros(1, 4, 6, 4), tensor(new[] { 100L }), zeros(1, 3, 32), tap);
        Assert.Equal([1, 24, 6, 4], Assert.Single(tap.Found).Value.shape);
        Assert.True(tap.IsDone);
    }

    [Fact]
    public void A_prediction_leaves_one_tensor_alive()
    {
        using var frozen = no_grad();
        using var unet = Tiny();
        using var sample = zeros(2, 4, 6, 4);
        using var timestep = tensor(new[] { 100L });
        using var context = zeros(2, 3, 32);
        TensorLeak.Check(() => unet.Predict(sample, timestep, context).Dispose());
    }

    [Fact]
    public void A_batch_predicts_what_its_items_predict_alone()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var unet = Tiny();
        var (sample, context) = (new RandomStream(1).Normal(2, 4, 6, 4), new RandomStream(2).Normal(2, 3, 32));
        var timestep = tensor(new long[] { 100, 700 });
        var together = unet.Predict(sample, timestep, context);
        for (var item = 0; item < 2; item++)
            TensorAssert.Close(
                together[item..(item + 1)],
                unet.Predict(sample[item..(item + 1)], timestep[item..(item + 1)], context[item..(item + 1)]),
                1e-5,
                1e-5
            );
    }

    [Fact]
    public void A_wrong_shape_is_named_with_what_was_expected()
    {
        using var scope = NewDisposeScope();
        using var unet = Tiny();
        var fault = Assert.Throws<ArgumentException>(() => unet.Predict(zeros(1, 5, 6, 4), tensor(new[] { 1L }), zeros(1, 3, 32)));
        Assert.Contains("[B, 4, H, W]", fault.Message);
    }

    [Fact]
    public void A_configuration_reads_back_as_written()
    {
        var config = UNetConfig.Parse(File.ReadAllText(Published));
        var again = UNetConfig.Parse(config.ToJson());
        Assert.Equal(config.ToJson(), again.ToJson());
        Assert.Equal(config.Heads, again.Heads);
        Assert.Equal(config.UpAttention, again.UpAttention);
    }

    [Fact]
    public void Every_unsupported_entry_is_named_in_one_message()
    {
        var fault = Assert.Throws<LumenException>(() =>
            UNetConfig.Parse(
                """{"act_fn": "mish", "class_embed_type": "timestep", "down_block_types": ["KDownBlock2D"], "attention_head_dim": 7, "magic": 1}"""
            )
        );
        foreach (var named in new[] { "mish", "class_embed_type", "KDownBlock2D", "attention_head_dim", "magic" })
            Assert.Contains(named, fault.Message);
        Assert.Contains(
            "AutoencoderKL",
            Assert.Throws<LumenException>(() => UNetConfig.Parse("""{"_class_name": "AutoencoderKL"}""")).Message
        );
    }

    private static UNet2DConditionModel Tiny()
    {
        var unet = new UNet2DConditionModel(UNetConfig.Parse(File.ReadAllText(Published)), Placement.Reference);
        FormulaWeights.Fill(unet, FormulaWeights.UNetOrdinal);
        return unet;
    }
}
