using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Autoencoding;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using Lumen.Models.Vision;
using Lumen.Testing;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Vision;

/// <summary>Blocks and facets of a U-Net as features; the network is the reference cases'.</summary>
public sealed class StableDiffusionFeaturesTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("sd/pipeline/unet")]
    [InlineData("sd2/sd21_like")]
    public void Keys_and_queries_of_a_block_give_its_attention(string golden)
    {
        using var unet = UNet(golden);
        var index = Enumerable.Range(0, unet.Config.UpAttention.Count).Last(i => unet.Config.UpAttention[i]);
        var level = unet.Config.BlockOutChannels.Count - 1 - index;
        var (sample, context) = Inputs(unet);
        var name =
            $"up_blocks.{index}.attentions.{unet.Config.LayersPerBlock}.transformer_blocks.{unet.Config.Transformer(level).Blocks - 1}"
            + ".attn1";
        var tap = new ActivationTap(new HashSet<string> { $"{name}.probs" });
        unet.Predict(sample, tensor(new[] { 100L }), context, tap: tap);
        var (query, key) = (Rows(Extract(unet, index, "query", sample, context)), Rows(Extract(unet, index, "key", sample, context)));
        var scores = bmm(query, key.transpose(1, 2)) / Math.Sqrt(query.shape[2]);
        TensorAssert.Close(tap.Found[$"{name}.probs"], nn.functional.softmax(scores, -1), 1e-5, 1e-4);

        Tensor Rows(Tensor map) =>
            map.flatten(2)
                .transpose(1, 2)
                .unflatten(2, [unet.Config.Transformer(level).Heads, map.shape[1] / unet.Config.Transformer(level).Heads])
                .transpose(1, 2)
                .flatten(0, 1);
    }

    [Fact]
    public void Several_blocks_lie_side_by_side_on_the_finest_grid()
    {
        using var unet = new UNet2DConditionModel(
            new UNetConfig
            {
                BlockOutChannels = [4, 8, 8],
                DownAttention = [false, true, true],
                UpAttention = [true, true, false],
                LayersPerBlock = 1,
                NormNumGroups = 2,
                CrossAttentionDim = 8,
                TransformerLayersPerBlock = [1, 1, 1],
                Heads = [1, 1, 1],
            },
            Placement.Reference
        );
        var (sample, context) = Inputs(unet);
        var coarse = Extract(unet, 0, null, sample, context);
        var fine = Extract(unet, 2, null, sample, context);
        var both = Features(unet, "up_blocks[0]+up_blocks[2]", null, context).ExtractLatents(sample, [0]);
        Assert.Equal(coarse.shape[1] + fine.shape[1], both.shape[1]);
        TensorAssert.Close(Bilinear.Resize(coarse, fine.shape[2], fine.shape[3]), both.narrow(1, 0, coarse.shape[1]), 1e-5, 1e-5);
        TensorAssert.Close(fine, both.narrow(1, coarse.shape[1], fine.shape[1]), 1e-5, 1e-5);
        Assert.Equal([1, 16, 9, 12], Features(unet, "up_blocks[0]+up_blocks[1]", "key", context).ExtractLatents(sample, [0]).shape);
    }

    [Fact]
    public void Nothing_behind_the_self_attention_of_a_facet_is_computed()
    {
        using var unet = UNet("sd/pipeline/unet");
        var (sample, context) = Inputs(unet);
        var index = Enumerable.Range(0, unet.Config.UpAttention.Count).Last(i => unet.Config.UpAttention[i]);
        var before = Extract(unet, index, "value", sample, context);
        var last = $"up_blocks.{index}.attentions.{unet.Config.LayersPerBlock}.transformer_blocks.0.";
        using var frozen = no_grad();
        string[] behind = [$"{last}attn2", $"{last}ff", $"{last}attn1.to_out", "conv_out", "conv_norm_out"];
        foreach (var (name, weight) in unet.state_dict())
        {
            if (behind.Any(part => name.StartsWith(part, StringComparison.Ordinal)))
                weight.fill_(float.NaN);
        }
        TensorAssert.Same(before, Extract(unet, index, "value", sample, context));
    }

    [Theory]
    [InlineData("up_blocks[0]+up_blocks[0]", null, "names up_blocks[0] twice")]
    [InlineData("up_blocks[1]+", null, "is not known; this U-Net has up_blocks[0] to up_blocks[")]
    [InlineData("up_blocks[", null, "is not known")]
    [InlineData("up_blocks[0]", "key", "has no attention and so no key")]
    [InlineData("up_blocks[1]", "keys", "The facet \"keys\" is not known")]
    public void What_a_network_does_not_have_is_refused(string layer, string? facet, string sentence)
    {
        var config = UNetConfig.Parse(File.ReadAllText(Golden.Path("sd/pipeline/unet/config.json")));
        var fault = Assert.Throws<LumenException>(() =>
            StableDiffusionFeatures.ChannelsOf(config with { UpAttention = [false, .. config.UpAttention.Skip(1)] }, layer, facet)
        );
        Assert.Contains(sentence, fault.Message, StringComparison.Ordinal);
    }

    private static Tensor Extract(UNet2DConditionModel unet, int block, string? facet, Tensor sample, Tensor context) =>
        Features(unet, $"up_blocks[{block}]", facet, context).ExtractLatents(sample, [0]);

    // Timestep 100 of a schedule without noise: the latents come to the network as they are.
    private static StableDiffusionFeatures Features(UNet2DConditionModel unet, string layer, string? facet, Tensor context)
    {
        var schedule = new NoiseSchedule(new SchedulerConfig { BetaStart = 1e-12, BetaEnd = 1e-12 });
        var vae = new AutoencoderKL(
            new AutoencoderConfig { BlockOutChannels = [4], NormNumGroups = 2 },
            new Placement(META, ScalarType.Float32)
        );
        return new StableDiffusionFeatures(
            unet,
            vae,
            schedule,
            context,
            new FeatureSource(FeatureSource.StableDiffusion, "", layer, 100, 1, 1) { Facet = facet }
        );
    }

    private static (Tensor Sample, Tensor Context) Inputs(UNet2DConditionModel unet) =>
        (new RandomStream(1).Normal(1, unet.Config.InChannels, 18, 24), new RandomStream(2).Normal(1, 5, unet.Config.CrossAttentionDim));

    private static UNet2DConditionModel UNet(string golden)
    {
        var folder = Directory.Exists(Golden.Path($"{golden}/unet")) ? Golden.Folder($"{golden}/unet") : Golden.Folder(golden);
        var unet = new UNet2DConditionModel(UNetConfig.Parse(File.ReadAllText(Path.Combine(folder, "config.json"))), Placement.Reference);
        using var weights = Checkpoint.Open(folder);
        StateLoader.Load(unet, weights, nameof(UNet2DConditionModel));
        return unet;
    }
}
