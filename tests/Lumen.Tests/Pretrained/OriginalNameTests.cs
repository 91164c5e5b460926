using Lumen.Core.Checkpoints;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Pretrained;

/// <summary>The rules against the published lists: every name, both ways.</summary>
public class OriginalNameTests
{
    [Theory]
    [InlineData("sd15_unet", 686)]
    [InlineData("sd21_unet", 686)]
    [InlineData("sd15_controlnet", 340)]
    [InlineData("sd_vae", 248)]
    [InlineData("clip_vit_l14_text", 196)]
    [InlineData("sd21_openclip_h_text", 372)]
    public void Every_published_name_becomes_the_original_one_and_back(string part, int count)
    {
        var table = PublishedNames.Table(part);
        var pairs = PublishedNames.Pairs(part);
        Assert.Equal(count, pairs.Count);
        foreach (var (model, (stored, share, shares)) in pairs)
        {
            var rule = table.ToStored(model);
            Assert.NotNull(rule);
            Assert.Equal((stored, share, shares), (rule.Stored, rule.Share, rule.Shares));
        }
        foreach (var stored in pairs.GroupBy(pair => pair.Value.Stored, StringComparer.Ordinal))
        {
            var back = table.ToModel(stored.Key).OrderBy(rule => rule.Share).Select(rule => (rule.Model, rule.Share));
            Assert.Equal(stored.OrderBy(pair => pair.Value.Share).Select(pair => (pair.Key, pair.Value.Share)), back);
        }
    }

    [Theory]
    [InlineData("sd/pipeline")]
    [InlineData("sd2/sd21_like")]
    [InlineData("sd2/all_cross_tlpb")] // attention in every level, two transformer blocks in one of them
    public void Other_sizes_survive_the_way_to_the_original_names_and_back(string model)
    {
        var unet = UNetConfig.Parse(File.ReadAllText(Golden.Path($"{model}/unet/config.json")));
        var control = ControlNetConfig.Parse(File.ReadAllText(Golden.Path($"{model}/controlnet/config.json")));
        foreach (var (table, part) in new[] { (OriginalUNetNames.Of(unet), "unet"), (OriginalControlNetNames.Of(control), "controlnet") })
        {
            using var weights = Checkpoint.Open(Golden.Path($"{model}/{part}"));
            var stored = weights.Entries.Keys.ToDictionary(name => name, name => table.ToStored(name)!.Stored, StringComparer.Ordinal);
            Assert.Distinct(stored.Values);
            Assert.All(stored, pair => Assert.Equal(pair.Key, Assert.Single(table.ToModel(pair.Value)).Model));
            var holds = new HashSet<string>(stored.Values.SelectMany(Heads), StringComparer.Ordinal);
            var skeleton = OriginalUNetNames.Skeleton(name => holds.Contains(table.Prefix + name));
            Assert.Equal((unet.LayersPerBlock, unet.BlockOutChannels.Count), (skeleton!.LayersPerBlock, skeleton.BlockOutChannels.Count));
            if (part == "unet")
                Assert.Equal(unet.UpAttention, skeleton.UpAttention);
        }

        static IEnumerable<string> Heads(string name) =>
            Enumerable.Range(1, name.Length).Where(end => end == name.Length || name[end] == '.').Select(end => name[..end]);
    }

    [Theory]
    [InlineData("sd15_unet")]
    [InlineData("sd_vae")]
    [InlineData("sd21_openclip_h_text")]
    public void A_name_of_another_part_has_no_counterpart(string part)
    {
        var table = PublishedNames.Table(part);
        Assert.Null(table.ToStored("down_blocks.9.resnets.0.norm1.weight"));
        Assert.Empty(table.ToModel("model_ema.diffusion_modelinput_blocks00weight"));
        Assert.Empty(table.ToModel(table.Prefix + "no_such_module.weight"));
    }
}
