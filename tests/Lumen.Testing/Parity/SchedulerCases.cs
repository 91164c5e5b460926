using Lumen.Models.Schedules;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity;

/// <summary>A sampler walking over given denoiser outputs.</summary>
internal sealed class SchedulerCases : CaseKind
{
    public override bool ComputesPlaced => false;

    public override bool Fits(ReferenceCase reference) =>
        reference.HasInputs("model_outputs", "sample") && reference.Holds("config.json") && Sampler.Names.Contains(ModelFolder.ClassOf(reference.Folder) ?? "");

    public override void Run(CaseRun run)
    {
        var schedule = new NoiseSchedule(SchedulerConfig.Parse(ModelFolder.Config(run.Case.Folder)));
        var steps = (int)run.Case.Number("num_inference_steps", 0);
        var sampler = Sampler.Create(schedule.Config.ClassName, schedule, steps, Options(run.Case));
        run.Compare("timesteps", tensor(sampler.Timesteps.ToArray()));
        run.Compare("init_noise_sigma", tensor(sampler.InitialNoiseSigma));
        run.Compare("alphas_cumprod_every_37", tensor(schedule.AlphasCumprod.Where((_, t) => t % 37 == 0).ToArray()));
        Walk(run, sampler);
        AddNoise(run, schedule);
    }

    private static void Walk(CaseRun run, Sampler sampler)
    {
        var outputs = run.Inputs["model_outputs"];
        var noise = run.Inputs.GetValueOrDefault("noise");
        var begin = (int)run.Case.Number("begin_index", 0);
        using var history = new StepHistory();
        var x = run.Inputs["sample"] * sampler.InitialNoiseSigma;
        run.Compare("start", begin == 0 ? x : run.Wanted.GetValueOrDefault("start") ?? x);
        if (begin > 0 && run.Wanted.TryGetValue("start", out var start)) x = start;
        for (var call = 0; call < outputs.shape[0]; call++)
        {
            var index = begin + call;
            run.Compare($"scaled.{call}", sampler.ScaleInput(x, index));
            if (run.Wanted.ContainsKey($"x0.{call}")) run.Compare($"x0.{call}", sampler.PredictOriginal(outputs[call], index, x));
            x = sampler.Step(outputs[call], index, x, history, noise?[call]);
            run.Compare($"prev.{call}", x);
        }
    }

    private static void AddNoise(CaseRun run, NoiseSchedule schedule)
    {
        if (!run.Case.HasInputs("add_noise_noise", "add_noise_timesteps")) return;
        var timesteps = run.Inputs["add_noise_timesteps"].to_type(ScalarType.Int64);
        run.Compare("add_noise", schedule.AddNoise(run.Inputs["sample"], run.Inputs["add_noise_noise"], timesteps));
        run.Compare("get_velocity", schedule.Velocity(run.Inputs["sample"], run.Inputs["add_noise_noise"], timesteps));
    }

    private static SamplerOptions Options(ReferenceCase reference)
    {
        var options = new SamplerOptions();
        if (reference.Field("step_kwargs") is not { } given) return options;
        foreach (var argument in given.EnumerateObject())
        {
            options = argument.Name switch
            {
                "eta" => options with { Eta = argument.Value.GetDouble() },
                "use_clipped_model_output" => options with { UseClippedModelOutput = argument.Value.GetBoolean() },
                _ => throw new InvalidOperationException($"The step argument {argument.Name} is not known here."),
            };
        }
        return options;
    }
}
