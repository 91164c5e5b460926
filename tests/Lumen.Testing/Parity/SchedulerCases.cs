using Lumen.Models.Schedules;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity;

/// <summary>A sampler walking over given denoiser outputs.</summary>
internal sealed class SchedulerCases : CaseKind
{
    public override bool ComputesPlaced => false;

    public override bool Fits(ReferenceCase reference) =>
        reference.HasInputs("model_outputs", "sample")
        && reference.Holds("config.json")
        && SamplerRegistry.BuiltIn.Names.Contains(ModelFolder.ClassOf(reference.Folder) ?? "");

    public override void Run(CaseRun run)
    {
        var schedule = new NoiseSchedule(SchedulerConfig.Parse(ModelFolder.Config(run.Case.Folder)));
        var steps = (int)run.Case.Number("num_inference_steps", 0);
        var sampler = Sampler.Create(schedule.Config.ClassName, schedule, steps, Options(run.Case));
        run.Compare("timesteps", tensor(sampler.Timesteps.ToArray()));
        run.Compare("init_noise_sigma", tensor(sampler.InitialNoiseSigma));
        run.Compare("sigmas", tensor(sampler.Sigmas.ToArray()));
        run.Compare("alphas_cumprod_every_37", tensor(schedule.AlphasCumprod.Where((_, t) => t % 37 == 0).ToArray()));
        Walk(run, sampler);
        AddNoise(run, sampler);
    }

    private static void Walk(CaseRun run, Sampler sampler)
    {
        var outputs = run.Inputs["model_outputs"];
        var noise = run.Inputs.GetValueOrDefault("noise");
        var begin = (int)run.Case.Number("begin_index", 0);
        var history = StepHistory.Empty;
        var x = run.Inputs["sample"] * sampler.InitialNoiseSigma;
        run.Compare("start", begin == 0 ? x : run.Wanted.GetValueOrDefault("start") ?? x);
        if (begin > 0 && run.Wanted.TryGetValue("start", out var start))
            x = start;
        for (var call = 0; call < outputs.shape[0]; call++)
        {
            var index = begin + call;
            run.Compare($"scaled.{call}", sampler.ScaleInput(x, index));
            if (run.Wanted.ContainsKey($"x0.{call}"))
                run.Compare($"x0.{call}", sampler.PredictOriginal(outputs[call], index, x));
            var (next, after) = sampler.Step(outputs[call], index, x, history, noise?[call]);
            history.Dispose();
            (x, history) = (next, after);
            run.Compare($"prev.{call}", x);
        }
        history.Dispose();
    }

    private static void AddNoise(CaseRun run, Sampler sampler)
    {
        if (!run.Case.HasInputs("add_noise_noise", "add_noise_timesteps"))
            return;
        var (sample, noise, timesteps) = (run.Inputs["sample"], run.Inputs["add_noise_noise"], run.Inputs["add_noise_timesteps"]);
        // Samplers along noise levels know those of their own timesteps only, the others every training timestep.
        run.Compare(
            "add_noise",
            sampler.Sigmas.Count == 0
                ? sampler.Schedule.AddNoise(sample, noise, timesteps.to_type(ScalarType.Int64))
                : cat([
                    .. timesteps
                        .data<float>()
                        .ToArray()
                        .Select((timestep, i) => sampler.AddNoise(sample[i..(i + 1)], noise[i..(i + 1)], IndexOf(sampler, timestep))),
                ])
        );
        run.Compare("get_velocity", sampler.Schedule.Velocity(sample, noise, timesteps.to_type(ScalarType.Int64)));

        static int IndexOf(Sampler sampler, float timestep) =>
            Enumerable.Range(0, sampler.Timesteps.Count).MinBy(index => Math.Abs(sampler.Timesteps[index] - timestep));
    }

    private static SamplerOptions Options(ReferenceCase reference)
    {
        var options = new SamplerOptions();
        if (reference.Field("step_kwargs") is not { } given)
            return options;
        foreach (var argument in given.EnumerateObject())
        {
            options = argument.Name switch
            {
                "eta" => options with { Eta = argument.Value.GetDouble() },
                "s_churn" => options with { Churn = argument.Value.GetDouble() },
                "s_tmin" => options with { ChurnRange = options.ChurnRange with { Least = argument.Value.GetDouble() } },
                "s_tmax" => options with { ChurnRange = options.ChurnRange with { Most = argument.Value.GetDouble() } },
                "s_noise" => options with { ChurnNoise = argument.Value.GetDouble() },
                "use_clipped_model_output" => options with { UseClippedModelOutput = argument.Value.GetBoolean() },
                _ => throw new InvalidOperationException($"The step argument {argument.Name} is not known here."),
            };
        }
        return options;
    }
}
