using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Core;

namespace Lumen.Models.Schedules;

/// <summary><see cref="SchedulerConfig"/> from and to JSON.</summary>
internal static class SchedulerJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly IReadOnlyDictionary<string, BetaSchedule> BetaSchedules = new Dictionary<string, BetaSchedule>
    {
        ["linear"] = BetaSchedule.Linear,
        ["scaled_linear"] = BetaSchedule.ScaledLinear,
        ["squaredcos_cap_v2"] = BetaSchedule.SquaredCosine,
    };

    private static readonly IReadOnlyDictionary<string, PredictionType> PredictionTypes = new Dictionary<string, PredictionType>
    {
        ["epsilon"] = PredictionType.Epsilon,
        ["v_prediction"] = PredictionType.VPrediction,
        ["sample"] = PredictionType.Sample,
    };

    private static readonly IReadOnlyDictionary<string, TimestepSpacing> Spacings = new Dictionary<string, TimestepSpacing>
    {
        ["leading"] = TimestepSpacing.Leading,
        ["linspace"] = TimestepSpacing.Linspace,
        ["trailing"] = TimestepSpacing.Trailing,
    };

    // Entries of other upstream samplers. They mean nothing to the samplers here; upstream ignores them in the same way when one sampler is made from the
    // file of another.
    private static readonly IReadOnlySet<string> OfOtherSamplers = new HashSet<string>
    {
        "algorithm_type", "disable_corrector", "euler_at_final", "final_sigmas_type", "interpolation_type", "lambda_min_clipped", "lower_order_final",
        "original_inference_steps", "predict_x0", "sigma_max", "sigma_min", "solver_order", "solver_p", "solver_type", "timestep_scaling",
        "timestep_type", "use_karras_sigmas", "variance_type",
    };

    public static SchedulerConfig Read(string json)
    {
        var faults = new List<string>();
        var entries = Parse(json);
        var defaults = new SchedulerConfig();
        var config = new SchedulerConfig
        {
            ClassName = Take("_class_name", e => e.GetString()!, defaults.ClassName),
            TrainTimesteps = Take("num_train_timesteps", e => e.GetInt32(), defaults.TrainTimesteps),
            BetaStart = Take("beta_start", e => e.GetDouble(), defaults.BetaStart),
            BetaEnd = Take("beta_end", e => e.GetDouble(), defaults.BetaEnd),
            BetaSchedule = Take("beta_schedule", e => Named(e, BetaSchedules), defaults.BetaSchedule),
            TrainedBetas = Take<double[]?>("trained_betas", e => [.. e.EnumerateArray().Select(beta => beta.GetDouble())], null),
            ClipSample = Take<bool?>("clip_sample", e => e.GetBoolean(), null),
            ClipSampleRange = Take("clip_sample_range", e => e.GetDouble(), defaults.ClipSampleRange),
            SetAlphaToOne = Take<bool?>("set_alpha_to_one", e => e.GetBoolean(), null),
            StepsOffset = Take("steps_offset", e => e.GetInt32(), defaults.StepsOffset),
            PredictionType = Take("prediction_type", e => Named(e, PredictionTypes), defaults.PredictionType),
            TimestepSpacing = Take<TimestepSpacing?>("timestep_spacing", e => Named(e, Spacings), null),
            RescaleBetasZeroSnr = Take("rescale_betas_zero_snr", e => e.GetBoolean(), false),
            Thresholding = Take("thresholding", e => e.GetBoolean(), false),
            DynamicThresholdingRatio = Take("dynamic_thresholding_ratio", e => e.GetDouble(), defaults.DynamicThresholdingRatio),
            SampleMaxValue = Take("sample_max_value", e => e.GetDouble(), defaults.SampleMaxValue),
            SkipPrkSteps = Take("skip_prk_steps", e => e.GetBoolean(), false),
        };
        foreach (var (name, value) in entries.Where(e => !IsIgnored(e.Key, e.Value))) faults.Add($"{name}: {value} is not supported");
        Check(config, faults);
        return faults.Count == 0 ? config : throw new LumenException($"The scheduler's configuration cannot be used:\n  {string.Join("\n  ", faults)}");

        T Take<T>(string name, Func<JsonElement, T> read, T fallback)
        {
            if (!entries.Remove(name, out var value) || value.ValueKind == JsonValueKind.Null) return fallback;
            try
            {
                return read(value);
            }
            catch (Exception fault) when (fault is InvalidOperationException or FormatException or OverflowException)
            {
                faults.Add($"{name}: {value.GetRawText()} is not of the expected kind");
            }
            catch (LumenException fault)
            {
                faults.Add($"{name}: {fault.Message}");
            }
            return fallback;
        }
    }

    public static string Write(SchedulerConfig config) => new JsonObject
    {
        ["_class_name"] = config.ClassName,
        ["_diffusers_version"] = "0.27.2",
        ["beta_end"] = config.BetaEnd,
        ["beta_schedule"] = NameOf(config.BetaSchedule, BetaSchedules),
        ["beta_start"] = config.BetaStart,
        ["clip_sample"] = config.ClipSample,
        ["clip_sample_range"] = config.ClipSampleRange,
        ["dynamic_thresholding_ratio"] = config.DynamicThresholdingRatio,
        ["num_train_timesteps"] = config.TrainTimesteps,
        ["prediction_type"] = NameOf(config.PredictionType, PredictionTypes),
        ["rescale_betas_zero_snr"] = config.RescaleBetasZeroSnr,
        ["sample_max_value"] = config.SampleMaxValue,
        ["set_alpha_to_one"] = config.SetAlphaToOne,
        ["skip_prk_steps"] = config.SkipPrkSteps,
        ["steps_offset"] = config.StepsOffset,
        ["thresholding"] = config.Thresholding,
        ["timestep_spacing"] = config.TimestepSpacing is { } spacing ? NameOf(spacing, Spacings) : null,
        ["trained_betas"] = config.TrainedBetas is { } betas ? new JsonArray([.. betas.Select(beta => (JsonNode)beta)]) : null,
    }.WithoutNullDefaults().ToJsonString(Indented) + "\n";

    // null would overwrite upstream's own default of these entries, so they are left out.
    private static JsonObject WithoutNullDefaults(this JsonObject json)
    {
        foreach (var name in new[] { "clip_sample", "set_alpha_to_one", "timestep_spacing" })
        {
            if (json[name] is null) json.Remove(name);
        }
        return json;
    }

    private static Dictionary<string, JsonElement> Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.EnumerateObject().GroupBy(e => e.Name).ToDictionary(e => e.Key, e => e.Last().Value.Clone())
                : throw new LumenException($"The scheduler's configuration must be a JSON object but is {document.RootElement.ValueKind}.");
        }
        catch (JsonException fault)
        {
            throw new LumenException($"The scheduler's configuration is not JSON: {fault.Message}", fault);
        }
    }

    // A switch that is off needs no support, whatever it is called.
    private static bool IsIgnored(string name, JsonElement value) =>
        name.StartsWith('_') || OfOtherSamplers.Contains(name) || value.ValueKind is JsonValueKind.Null or JsonValueKind.False;

    private static void Check(SchedulerConfig config, List<string> faults)
    {
        Require(config.TrainTimesteps is >= 2 and <= 1_000_000, "num_train_timesteps", config.TrainTimesteps, "between 2 and 1000000");
        Require(config.BetaStart is > 0 and < 1, "beta_start", config.BetaStart, "between 0 and 1");
        Require(config.BetaEnd is > 0 and < 1, "beta_end", config.BetaEnd, "between 0 and 1");
        Require(config.StepsOffset >= 0 && config.StepsOffset < config.TrainTimesteps, "steps_offset", config.StepsOffset, "0 or more, and below num_train_timesteps");
        Require(config.ClipSampleRange > 0, "clip_sample_range", config.ClipSampleRange, "above 0");
        Require(config.DynamicThresholdingRatio is >= 0 and <= 1, "dynamic_thresholding_ratio", config.DynamicThresholdingRatio, "between 0 and 1");
        Require(config.SampleMaxValue > 0, "sample_max_value", config.SampleMaxValue, "above 0");
        if (config.TrainedBetas is not { } betas) return;
        Require(betas.Count == config.TrainTimesteps, "trained_betas", $"{betas.Count} entries", "as many as num_train_timesteps");
        Require(betas.All(beta => beta is > 0 and < 1), "trained_betas", "an entry", "between 0 and 1");

        void Require(bool holds, string name, object found, string expected)
        {
            if (!holds) faults.Add($"{name}: {found} must be {expected}");
        }
    }

    private static T Named<T>(JsonElement element, IReadOnlyDictionary<string, T> names) =>
        names.TryGetValue(element.GetString() ?? "", out var value)
            ? value
            : throw new LumenException($"{element.GetRawText()} is not supported; known are {string.Join(", ", names.Keys)}");

    private static string NameOf<T>(T value, IReadOnlyDictionary<string, T> names) =>
        names.First(e => EqualityComparer<T>.Default.Equals(e.Value, value)).Key;
}
