using System.Text.Json.Nodes;
using Lumen.Core.Checkpoints;

namespace Lumen.Models.Schedules;

internal static partial class SchedulerJson
{
    // Upstream stores words that mean another sampler's default under the same names; each sampler makes of them what upstream's does.
    private static readonly string[] SolverTypes = ["midpoint", "heun", "logrho", "bh1", "bh2"];
    private static readonly string[] AlgorithmTypes = ["dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++", "deis"];
    private static readonly string[] VarianceTypes =
    [
        "fixed_small",
        "fixed_small_log",
        "fixed_large",
        "fixed_large_log",
        "learned",
        "learned_range",
    ];

    private static SchedulerConfig ReadSolvers(SchedulerConfig config, ConfigReader json)
    {
        var corrections = json.Numbers("disable_corrector");
        json.Require(
            corrections.All(step => step >= 0 && step == Math.Floor(step) && step <= config.TrainTimesteps),
            "disable_corrector must be a list of step numbers."
        );
        var order = json.OptionalInt("solver_order");
        json.Require(order is null or <= 3, $"solver_order must be 1, 2 or 3 but is {order}.");
        var original = json.OptionalInt("original_inference_steps");
        json.Require(
            original is null || original <= config.TrainTimesteps,
            $"original_inference_steps must be at most num_train_timesteps = {config.TrainTimesteps} but is {original}."
        );
        return config with
        {
            VarianceType = Word(json, "variance_type", VarianceTypes),
            UseKarrasSigmas = Flag(json, "use_karras_sigmas"),
            UseLuLambdas = Flag(json, "use_lu_lambdas"),
            SigmaMin = Positive(json, "sigma_min"),
            SigmaMax = Positive(json, "sigma_max"),
            InterpolationType = Word(json, "interpolation_type", ["linear", "log_linear"]),
            FinalSigmasType = Word(json, "final_sigmas_type", ["zero", "sigma_min"]),
            AlgorithmType = Word(json, "algorithm_type", AlgorithmTypes),
            SolverOrder = order,
            SolverType = Word(json, "solver_type", SolverTypes),
            LowerOrderFinal = Flag(json, "lower_order_final"),
            EulerAtFinal = Flag(json, "euler_at_final"),
            LambdaMinClipped = json.OptionalNumber("lambda_min_clipped"),
            PredictX0 = Flag(json, "predict_x0"),
            DisableCorrector = corrections.Count == 0 ? null : [.. corrections.Select(step => (int)step)],
            OriginalInferenceSteps = original,
            TimestepScaling = Positive(json, "timestep_scaling"),
        };
    }

    private static void WriteSolvers(SchedulerConfig config, JsonObject json)
    {
        Add("variance_type", config.VarianceType);
        Add("use_karras_sigmas", config.UseKarrasSigmas);
        Add("use_lu_lambdas", config.UseLuLambdas);
        Add("sigma_min", config.SigmaMin);
        Add("sigma_max", config.SigmaMax);
        Add("interpolation_type", config.InterpolationType);
        // absent, it would mean what it meant before 0.28
        Add("final_sigmas_type", config.FinalSigmasType ?? (config.ClassName == UniPc ? "zero" : null));
        Add("algorithm_type", config.AlgorithmType);
        Add("solver_order", config.SolverOrder);
        Add("solver_type", config.SolverType);
        Add("lower_order_final", config.LowerOrderFinal);
        Add("euler_at_final", config.EulerAtFinal);
        Add("lambda_min_clipped", config.LambdaMinClipped);
        Add("predict_x0", config.PredictX0);
        Add("disable_corrector", config.DisableCorrector is { } steps ? new JsonArray([.. steps.Select(step => (JsonNode)step)]) : null);
        Add("original_inference_steps", config.OriginalInferenceSteps);
        Add("timestep_scaling", config.TimestepScaling);

        // A null would replace upstream's own default.
        void Add(string name, JsonNode? value)
        {
            if (value is not null)
                json[name] = value;
        }
    }

    private static bool? Flag(ConfigReader json, string key) => json.Has(key) ? json.Flag(key, false) : null;

    private static string? Word(ConfigReader json, string key, ReadOnlySpan<string> words) =>
        json.Has(key) ? json.Choice(key, words[0], words) : null;

    private static double? Positive(ConfigReader json, string key)
    {
        var value = json.OptionalNumber(key);
        json.Require(value is null or > 0, $"{key} must be above 0 but is {value}.");
        return value;
    }
}
