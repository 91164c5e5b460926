using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lumen.Core.Checkpoints;

namespace Lumen.Models.Schedules;

/// <summary><see cref="SchedulerConfig"/> from and to JSON.</summary>
internal static partial class SchedulerJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly (string Name, BetaSchedule Value)[] BetaSchedules =
    [
        ("linear", BetaSchedule.Linear),
        ("scaled_linear", BetaSchedule.ScaledLinear),
        ("squaredcos_cap_v2", BetaSchedule.SquaredCosine),
    ];

    private static readonly (string Name, PredictionType Value)[] PredictionTypes =
    [
        ("epsilon", PredictionType.Epsilon),
        ("v_prediction", PredictionType.VPrediction),
        ("sample", PredictionType.Sample),
    ];

    private static readonly (string Name, TimestepSpacing Value)[] Spacings =
    [
        ("leading", TimestepSpacing.Leading),
        ("linspace", TimestepSpacing.Linspace),
        ("trailing", TimestepSpacing.Trailing),
    ];

    // Python writes the default of lambda_min_clipped as -Infinity, which is not JSON.
    [GeneratedRegex(@"(?<=:\s*)-Infinity(?=\s*[,}])")]
    private static partial Regex MinusInfinity();

    public static SchedulerConfig Read(string json, SamplerRegistry samplers) =>
        ConfigJson.Parse(MinusInfinity().Replace(json, "null"), "The scheduler's configuration", reader => Map(reader, samplers));

    public static string Write(SchedulerConfig config)
    {
        var json = new JsonObject
        {
            ["_class_name"] = config.ClassName,
            ["_diffusers_version"] = "0.27.2",
            ["beta_end"] = config.BetaEnd,
            ["beta_schedule"] = NameOf(config.BetaSchedule, BetaSchedules),
            ["beta_start"] = config.BetaStart,
            ["clip_sample_range"] = config.ClipSampleRange,
            ["dynamic_thresholding_ratio"] = config.DynamicThresholdingRatio,
            ["num_train_timesteps"] = config.TrainTimesteps,
            ["prediction_type"] = NameOf(config.PredictionType, PredictionTypes),
            ["rescale_betas_zero_snr"] = config.RescaleBetasZeroSnr,
            ["sample_max_value"] = config.SampleMaxValue,
            ["skip_prk_steps"] = config.SkipPrkSteps,
            ["steps_offset"] = config.StepsOffset,
            ["thresholding"] = config.Thresholding,
            ["trained_betas"] = config.TrainedBetas is { } betas ? new JsonArray([.. betas.Select(beta => (JsonNode)beta)]) : null,
        };
        // A null would replace upstream's own default of these entries.
        if (config.ClipSample is { } clips)
            json["clip_sample"] = clips;
        if (config.SetAlphaToOne is { } one)
            json["set_alpha_to_one"] = one;
        if (config.TimestepSpacing is { } spacing)
            json["timestep_spacing"] = NameOf(spacing, Spacings);
        WriteSolvers(config, json);
        foreach (var (name, value) in config.OwnEntries ?? new Dictionary<string, JsonElement>())
            json[name] = JsonSerializer.SerializeToNode(value);
        return json.ToJsonString(Indented) + "\n";
    }

    private static SchedulerConfig Map(ConfigReader json, SamplerRegistry samplers)
    {
        var defaults = new SchedulerConfig();
        var className = json.Text("_class_name", defaults.ClassName);
        if (className == "LCMScheduler")
            defaults = defaults with { BetaStart = 0.00085, BetaEnd = 0.012, BetaSchedule = BetaSchedule.ScaledLinear };
        var config = new SchedulerConfig
        {
            ClassName = className,
            TrainTimesteps = json.Int("num_train_timesteps", defaults.TrainTimesteps, least: 2, most: 100_000),
            BetaStart = json.Number("beta_start", defaults.BetaStart),
            BetaEnd = json.Number("beta_end", defaults.BetaEnd),
            BetaSchedule = Named(json, "beta_schedule", BetaSchedules) ?? defaults.BetaSchedule,
            TrainedBetas = json.Has("trained_betas") ? json.Numbers("trained_betas") : null,
            ClipSample = json.Has("clip_sample") ? json.Flag("clip_sample", true) : null,
            ClipSampleRange = json.Number("clip_sample_range", defaults.ClipSampleRange),
            SetAlphaToOne = json.Has("set_alpha_to_one") ? json.Flag("set_alpha_to_one", true) : null,
            StepsOffset = json.Int("steps_offset", 0, least: 0),
            PredictionType = Named(json, "prediction_type", PredictionTypes) ?? defaults.PredictionType,
            TimestepSpacing = Named(json, "timestep_spacing", Spacings),
            RescaleBetasZeroSnr = json.Flag("rescale_betas_zero_snr", false),
            Thresholding = json.Flag("thresholding", false),
            DynamicThresholdingRatio = json.Number("dynamic_thresholding_ratio", defaults.DynamicThresholdingRatio),
            SampleMaxValue = json.Number("sample_max_value", defaults.SampleMaxValue),
            SkipPrkSteps = json.Flag("skip_prk_steps", false),
        };
        config = OfItsVersion(ReadSolvers(config, json), json.OptionalText("_diffusers_version"));
        var declared = samplers.Find(className)?.ConfigEntries ?? [];
        var own = declared.Where(json.Has).ToDictionary(name => name, name => json.Element(name)!.Value, StringComparer.Ordinal);
        if (own.Count > 0)
            config = config with { OwnEntries = own };
        RefuseForeign(json, declared);
        json.RefuseOthers(Harmless, "which no scheduler of diffusers known here has: correct the name, or take it out if it means nothing");
        Check(config, json);
        return config;
    }

    private static void Check(SchedulerConfig config, ConfigReader json)
    {
        json.Require(config.BetaStart is > 0 and < 1, $"beta_start must be between 0 and 1 but is {config.BetaStart}.");
        json.Require(config.BetaEnd is > 0 and < 1, $"beta_end must be between 0 and 1 but is {config.BetaEnd}.");
        json.Require(
            config.StepsOffset < config.TrainTimesteps,
            $"steps_offset must be below num_train_timesteps but is {config.StepsOffset}."
        );
        json.Require(config.ClipSampleRange > 0, $"clip_sample_range must be above 0 but is {config.ClipSampleRange}.");
        json.Require(
            config.DynamicThresholdingRatio is >= 0 and <= 1,
            $"dynamic_thresholding_ratio must be between 0 and 1 but is {config.DynamicThresholdingRatio}."
        );
        json.Require(config.SampleMaxValue > 0, $"sample_max_value must be above 0 but is {config.SampleMaxValue}.");
        if (config.TrainedBetas is not { } betas)
            return;
        json.Require(
            betas.Count == config.TrainTimesteps,
            $"trained_betas must have num_train_timesteps = {config.TrainTimesteps} entries but has {betas.Count}."
        );
        json.Require(betas.All(beta => beta is > 0 and < 1), "trained_betas must all be between 0 and 1.");
    }

    private static T? Named<T>(ConfigReader json, string key, (string Name, T Value)[] names)
        where T : struct
    {
        if (!json.Has(key))
            return null;
        var name = json.Choice(key, names[0].Name, [.. names.Select(entry => entry.Name)]);
        return names.First(entry => entry.Name == name).Value;
    }

    private static string NameOf<T>(T value, (string Name, T Value)[] names) =>
        names.First(entry => EqualityComparer<T>.Default.Equals(entry.Value, value)).Name;
}
