using Lumen.Core.Checkpoints;

namespace Lumen.Models.Schedules;

internal static partial class SchedulerJson
{
    private const string UniPc = "UniPCMultistepScheduler";

    // Entries without effect: the first is a callback that a file cannot hold, the others belong to shifts that are off (use_flow_sigmas,
    // use_dynamic_shifting), or to training alone.
    private static readonly string[] Harmless =
    [
        "solver_p",
        "flow_shift",
        "time_shift_type",
        "base_shift",
        "max_shift",
        "base_image_seq_len",
        "max_image_seq_len",
        "num_inference_steps",
        "noise_sampler_seed",
    ];

    // Settings that diffusers gives a meaning and no sampler here has: the values that switch each off, and what it does.
    private static readonly (string Name, string[] Off, string Meaning)[] Foreign =
    [
        ("use_exponential_sigmas", ["false"], "noise levels spread evenly in log sigma"),
        ("use_beta_sigmas", ["false"], "noise levels spread by a beta distribution"),
        ("use_flow_sigmas", ["false"], "noise levels of flow matching"),
        ("use_dynamic_shifting", ["false"], "noise levels shifted by the size of the picture"),
        ("use_uniform_flow_sigmas", ["false"], "noise levels of flow matching"),
        ("timestep_type", ["\"discrete\""], "continuous timesteps, for models on noise levels of their own (EDM)"),
        ("shift", ["1", "1.0"], "noise levels of flow matching, shifted"),
        ("shift_terminal", [], "noise levels stretched to a given end"),
        ("invert_sigmas", ["false"], "noise levels in the other direction"),
        ("stochastic_sampling", ["false"], "fresh noise in every step of flow matching"),
        ("sigma_data", [], "models on noise levels of their own (EDM, consistency models)"),
        ("sigma_schedule", [], "models on noise levels of their own (EDM)"),
        ("rho", ["7", "7.0"], "the exponent of the Karras spread"),
        ("snr_shift_scale", ["1", "1.0"], "noise shifted for video models"),
        ("predictor_order", [], "the SA solver"),
        ("corrector_order", [], "the SA solver"),
        ("tau_func", [], "the SA solver"),
        ("clip_denoised", [], "consistency models"),
        ("s_noise", ["1", "1.0"], "noise of consistency models and of Karras's stochastic sampler"),
        ("s_churn", ["0", "0.0"], "noise of Karras's stochastic sampler"),
        ("use_noise_sampler", [], "noise of a Brownian tree"),
        ("correct_steps", [], "score-based models on stochastic differential equations"),
        ("sampling_eps", [], "score-based models on stochastic differential equations"),
        ("snr", [], "score-based models on stochastic differential equations"),
        ("scaler", [], "the cascade of Wuerstchen"),
        ("s", [], "the cascade of Wuerstchen"),
    ];

    private static void RefuseForeign(ConfigReader json, IEnumerable<string> own)
    {
        foreach (var (name, off, meaning) in Foreign.Where(entry => !own.Contains(entry.Name)))
            json.Unsupported(
                name,
                $"it is a setting of diffusers ({meaning}) that Lumen does not have, and pictures would be others without it",
                off
            );
    }

    // What UniPC did before diffusers 0.28 was no choice yet: it ended at the noise of timestep 0 and knew no zero terminal SNR. A file
    // that such a version wrote means that.
    private static SchedulerConfig OfItsVersion(SchedulerConfig config, string? version)
    {
        if (config.ClassName != UniPc || config.FinalSigmasType is not null)
            return config;
        var isOld = version?.Split('.') is [var major, var minor, ..] && major == "0" && int.TryParse(minor, out var number) && number < 28;
        return isOld ? config with { FinalSigmasType = "sigma_min", RescaleBetasZeroSnr = false } : config;
    }
}
