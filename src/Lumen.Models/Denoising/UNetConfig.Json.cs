using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Core.Checkpoints;

namespace Lumen.Models.Denoising;

public sealed partial record UNetConfig
{
    private const string DownWith = "CrossAttnDownBlock2D",
        DownWithout = "DownBlock2D",
        UpWith = "CrossAttnUpBlock2D",
        UpWithout = "UpBlock2D";

    // They only matter beside other entries, which are refused above unless they are off.
    private static readonly string[] Harmless = ["addition_embed_type_num_heads", "projection_class_embeddings_input_dim"];

    // Settings that diffusers gives a meaning, the values that switch each off, and what it does.
    private static readonly (string Name, string[] Off, string Meaning)[] Foreign =
    [
        ("addition_time_embed_dim", [], "sizes and crops beside the timestep, as Stable Diffusion XL takes them"),
        ("time_cond_proj_dim", [], "the strength of guidance as an input, as distilled latent consistency models take it"),
        ("time_embedding_dim", [], "another width of the timestep's embedding"),
        ("time_embedding_act_fn", [], "another activation of the timestep's embedding"),
        ("timestep_post_act", [], "another activation of the timestep's embedding"),
        ("cross_attention_norm", [], "a norm of the text before it is attended to"),
        ("reverse_transformer_layers_per_block", [], "other numbers of transformer layers on the way up"),
        ("num_frames", [], "video"),
        ("motion_max_seq_length", [], "video"),
    ];

    // Far above every published network; what a damaged file claims must not be built.
    private const int MostLevels = 8,
        MostLayers = 16,
        MostBlocks = 32,
        MostChannels = 1 << 14,
        MostWidth = 1 << 16;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Reads the published <c>config.json</c>; absent entries have upstream's defaults.</summary>
    /// <exception cref="LumenException">Entries that are unknown, of the wrong kind or not supported: all are named in one
    /// message.</exception>
    public static UNetConfig Parse(string json) =>
        ConfigJson.Parse(
            json,
            "The configuration of UNet2DConditionModel",
            fields =>
            {
                RequireClass(fields, nameof(UNet2DConditionModel));
                fields.Unsupported("num_attention_heads");
                var config = MapEncoder(fields);
                config = config with
                {
                    OutChannels = fields.Int("out_channels", 4, most: MostChannels),
                    UpAttention = BlockTypes(fields, "up_block_types", [UpWithout, UpWith, UpWith, UpWith], UpWith, UpWithout),
                    SampleSize = fields.Int("sample_size", 64, most: MostWidth),
                };
                fields.Require(
                    config.UpAttention.Count == config.BlockOutChannels.Count,
                    $"up_block_types must have one entry for each of the {config.BlockOutChannels.Count} block_out_channels."
                );
                RefuseUNetOptions(fields);
                fields.RefuseOthers(Harmless);
                return config;
            }
        );

    /// <summary>The <c>config.json</c> that diffusers opens.</summary>
    public string ToJson()
    {
        var json = EncoderJson(nameof(UNet2DConditionModel));
        json["out_channels"] = OutChannels;
        json["sample_size"] = SampleSize;
        json["up_block_types"] = Array(UpAttention.Select(attends => attends ? UpWith : UpWithout));
        return Text(json);
    }

    // The part that UNet2DConditionModel and ControlNetModel share.
    internal static UNetConfig MapEncoder(ConfigReader fields)
    {
        IReadOnlyList<int> channels = fields.Ints("block_out_channels", [320, 640, 1280, 1280], most: MostChannels);
        fields.Require(
            channels.Count <= MostLevels,
            $"block_out_channels must have at most {MostLevels} entries but has {channels.Count}."
        );
        if (channels.Count > MostLevels)
            channels = [.. channels.Take(MostLevels)];
        var levels = channels.Count;
        var config = new UNetConfig
        {
            InChannels = fields.Int("in_channels", 4, most: MostChannels),
            FlipSinToCos = fields.Flag("flip_sin_to_cos", true),
            FreqShift = fields.Number("freq_shift", 0),
            DownAttention = BlockTypes(fields, "down_block_types", [DownWith, DownWith, DownWith, DownWithout], DownWith, DownWithout),
            BlockOutChannels = [.. channels],
            LayersPerBlock = fields.Int("layers_per_block", 2, most: MostLayers),
            DownsamplePadding = fields.Int("downsample_padding", 1, least: 0),
            NormNumGroups = fields.Int("norm_num_groups", 32),
            NormEps = fields.Number("norm_eps", 1e-5),
            CrossAttentionDim = fields.Int("cross_attention_dim", 1280, most: MostWidth),
            TransformerLayersPerBlock = fields.IntOrList("transformer_layers_per_block", levels, 1, most: MostBlocks),
            // num_attention_heads wins where it is allowed; otherwise attention_head_dim is, despite its name, the number of heads.
            Heads =
            [
                .. fields
                    .IntOrList(fields.Has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim", levels, 8)
                    .Select(heads => (long)heads),
            ],
            UseLinearProjection = fields.Flag("use_linear_projection", false),
        };
        fields.Has("attention_head_dim");
        fields.Has("upcast_attention"); // attention accumulates in float32 here in any case
        CheckEncoder(config, fields);
        RefuseEncoderOptions(fields);
        return config;
    }

    internal static void RequireClass(ConfigReader fields, string expected)
    {
        var found = fields.Text("_class_name", expected);
        fields.Require(found == expected, $"_class_name must be {expected} but is {found}: this is the configuration of another model.");
    }

    internal JsonObject EncoderJson(string className) =>
        new()
        {
            ["_class_name"] = className,
            ["_diffusers_version"] = "0.27.2",
            ["act_fn"] = "silu",
            ["attention_head_dim"] = Array(Heads),
            ["block_out_channels"] = Array(BlockOutChannels),
            ["cross_attention_dim"] = CrossAttentionDim,
            ["down_block_types"] = Array(DownAttention.Select(attends => attends ? DownWith : DownWithout)),
            ["downsample_padding"] = DownsamplePadding,
            ["flip_sin_to_cos"] = FlipSinToCos,
            ["freq_shift"] = FreqShift == Math.Floor(FreqShift) ? (long)FreqShift : FreqShift,
            ["in_channels"] = InChannels,
            ["layers_per_block"] = LayersPerBlock,
            ["mid_block_type"] = "UNetMidBlock2DCrossAttn",
            ["norm_eps"] = NormEps,
            ["norm_num_groups"] = NormNumGroups,
            ["transformer_layers_per_block"] = Array(TransformerLayersPerBlock),
            ["use_linear_projection"] = UseLinearProjection,
        };

    internal static string Text(JsonObject json) => json.ToJsonString(Indented) + "\n";

    internal static JsonArray Array<T>(IEnumerable<T> values) => [.. values.Select(value => JsonValue.Create(value))];

    private static IReadOnlyList<bool> BlockTypes(
        ConfigReader fields,
        string key,
        IReadOnlyList<string> standard,
        string with,
        string without
    ) => [.. fields.Texts(key, standard, with, without).Select(type => type == with)];

    private static void CheckEncoder(UNetConfig config, ConfigReader fields)
    {
        var levels = config.BlockOutChannels.Count;
        fields.Require(
            config.DownAttention.Count == levels,
            $"down_block_types must have one entry for each of the {levels} block_out_channels."
        );
        fields.Require(config.DownsamplePadding <= 1, $"downsample_padding {config.DownsamplePadding} is not supported; expected 0 or 1.");
        fields.Require(config.NormEps > 0, $"norm_eps must be above 0 but is {config.NormEps}.");
        fields.Require(
            config.BlockOutChannels[0] % 2 == 0,
            $"block_out_channels must begin with an even number but begins with {config.BlockOutChannels[0]}."
        );
        for (var level = 0; level < levels; level++)
        {
            var (width, heads) = (config.BlockOutChannels[level], config.Heads[level]);
            fields.Require(
                width % config.NormNumGroups == 0,
                $"block_out_channels[{level}] = {width} is not divisible by norm_num_groups = {config.NormNumGroups}."
            );
            fields.Require(
                width % heads == 0,
                $"block_out_channels[{level}] = {width} is not divisible by its number of attention heads, {heads} (attention_head_dim)."
            );
        }
    }

    private static void RefuseEncoderOptions(ConfigReader fields)
    {
        fields.Choice("act_fn", "silu", "silu", "swish");
        fields.Choice("mid_block_type", "UNetMidBlock2DCrossAttn", "UNetMidBlock2DCrossAttn");
        fields.Choice("resnet_time_scale_shift", "default", "default");
        fields.Unsupported("mid_block_scale_factor", "1", "1.0");
        fields.Unsupported("only_cross_attention", "false");
        fields.Unsupported("class_embed_type");
        fields.Unsupported("num_class_embeds");
        fields.Unsupported("addition_embed_type");
        fields.Unsupported("encoder_hid_dim");
        fields.Unsupported("encoder_hid_dim_type");
        foreach (var (name, off, meaning) in Foreign)
            fields.Unsupported(name, $"it is a setting of diffusers ({meaning}) that Lumen does not have", off);
    }

    private static void RefuseUNetOptions(ConfigReader fields)
    {
        foreach (
            var flag in new[]
            {
                "center_input_sample",
                "dual_cross_attention",
                "class_embeddings_concat",
                "resnet_skip_time_act",
                "mid_block_only_cross_attention",
            }
        )
        {
            fields.Unsupported(flag, "false");
        }
        fields.Unsupported("dropout", "0", "0.0");
        fields.Unsupported("resnet_out_scale_factor", "1", "1.0");
        fields.Unsupported("conv_in_kernel", "3");
        fields.Unsupported("conv_out_kernel", "3");
        fields.Unsupported("attention_type", "\"default\"");
        fields.Unsupported("time_embedding_type", "\"positional\"");
    }
}
