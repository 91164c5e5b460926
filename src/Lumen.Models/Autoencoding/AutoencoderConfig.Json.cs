using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Core.Checkpoints;

namespace Lumen.Models.Autoencoding;

public sealed partial record AutoencoderConfig
{
    private const string DownBlock = "DownEncoderBlock2D",
        UpBlock = "UpDecoderBlock2D";

    // Far above every published network; what a damaged file claims must not be built.
    private const int MostLevels = 8,
        MostLayers = 16,
        MostChannels = 1 << 14;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Reads the published <c>config.json</c>; absent entries have upstream's defaults.</summary>
    /// <exception cref="LumenException">Entries that are unknown, of the wrong kind or not supported: all are named in one
    /// message.</exception>
    public static AutoencoderConfig Parse(string json) =>
        ConfigJson.Parse(
            json,
            "The configuration of AutoencoderKL",
            fields =>
            {
                var found = fields.Text("_class_name", nameof(AutoencoderKL));
                fields.Require(
                    found == nameof(AutoencoderKL),
                    $"_class_name must be AutoencoderKL but is {found}: this is the configuration of another model."
                );
                IReadOnlyList<int> channels = fields.Ints("block_out_channels", [64], most: MostChannels);
                var config = new AutoencoderConfig
                {
                    InChannels = fields.Int("in_channels", 3, most: MostChannels),
                    OutChannels = fields.Int("out_channels", 3, most: MostChannels),
                    BlockOutChannels = [.. channels],
                    LayersPerBlock = fields.Int("layers_per_block", 1, most: MostLayers),
                    LatentChannels = fields.Int("latent_channels", 4, most: MostChannels),
                    NormNumGroups = fields.Int("norm_num_groups", 32),
                    SampleSize = fields.Int("sample_size", 32, most: 1 << 16),
                    ScalingFactor = fields.Number("scaling_factor", 0.18215),
                };
                Check(config, fields);
                Refuse(fields, channels.Count);
                fields.RefuseOthers("force_upcast"); // for float16 only, which is never computed in here
                return config;
            }
        );

    /// <summary>The <c>config.json</c> that diffusers opens.</summary>
    public string ToJson() =>
        new JsonObject
        {
            ["_class_name"] = nameof(AutoencoderKL),
            ["_diffusers_version"] = "0.27.2",
            ["act_fn"] = "silu",
            ["block_out_channels"] = new JsonArray([.. BlockOutChannels.Select(width => JsonValue.Create(width))]),
            ["down_block_types"] = new JsonArray([.. BlockOutChannels.Select(_ => JsonValue.Create(DownBlock))]),
            ["in_channels"] = InChannels,
            ["latent_channels"] = LatentChannels,
            ["layers_per_block"] = LayersPerBlock,
            ["norm_num_groups"] = NormNumGroups,
            ["out_channels"] = OutChannels,
            ["sample_size"] = SampleSize,
            ["scaling_factor"] = ScalingFactor,
            ["up_block_types"] = new JsonArray([.. BlockOutChannels.Select(_ => JsonValue.Create(UpBlock))]),
        }.ToJsonString(Indented) + "\n";

    private static void Check(AutoencoderConfig config, ConfigReader fields)
    {
        fields.Require(
            config.BlockOutChannels.Count <= MostLevels,
            $"block_out_channels must have at most {MostLevels} entries but has {config.BlockOutChannels.Count}."
        );
        fields.Require(config.ScalingFactor > 0, $"scaling_factor must be above 0 but is {config.ScalingFactor}.");
        foreach (var width in config.BlockOutChannels)
            fields.Require(
                width % config.NormNumGroups == 0,
                $"block_out_channels: {width} is not divisible by norm_num_groups = {config.NormNumGroups}."
            );
    }

    private static void Refuse(ConfigReader fields, int levels)
    {
        fields.Choice("act_fn", "silu", "silu", "swish");
        RequireBlocks("down_block_types", DownBlock);
        RequireBlocks("up_block_types", UpBlock);
        fields.Unsupported("latents_mean");
        fields.Unsupported("latents_std");
        fields.Unsupported("shift_factor", "0", "0.0");
        foreach (var flag in new[] { "use_quant_conv", "use_post_quant_conv", "mid_block_add_attention" })
            fields.Unsupported(flag, "true");

        void RequireBlocks(string key, string block)
        {
            var types = fields.Texts(key, [block], block);
            fields.Require(types.Count == levels, $"{key} must have one entry for each of the {levels} block_out_channels.");
        }
    }
}
