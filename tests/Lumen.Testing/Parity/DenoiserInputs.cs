using static TorchSharp.torch;

namespace Lumen.Testing.Parity;

/// <summary>What the cases of U-Net and ControlNet have in common.</summary>
internal static class DenoiserInputs
{
    public static bool Fit(ReferenceCase reference) => reference.HasInputs("sample", "timestep", "encoder_hidden_states");

    public static (Tensor Sample, Tensor Timestep, Tensor Context) Of(CaseRun run)
    {
        var timestep = run.Inputs["timestep"];
        return (run.Inputs["sample"], timestep.dim() == 0 ? timestep.unsqueeze(0) : timestep, run.Inputs["encoder_hidden_states"]);
    }

    public static bool HasCondition(ReferenceCase reference) =>
        reference.HasInputs("controlnet_cond") || reference.HasInputs("controlnet_cond_u8");

    /// <summary>The condition as float32; bytes stand for [0, 1].</summary>
    public static Tensor Condition(CaseRun run) =>
        run.Inputs.TryGetValue("controlnet_cond", out var condition)
            ? condition
            : run.Inputs["controlnet_cond_u8"].to_type(ScalarType.Float32) / 255;
}
