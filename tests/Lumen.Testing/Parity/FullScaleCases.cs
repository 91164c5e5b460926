using System.Text.Json;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Testing.Parity;

/// <summary>
/// ControlNet and U-Net with weights from a formula, up to full size: sampled outputs, mean and deviation. The ControlNet is gone before
/// the U-Net is made, so that only one of them needs memory at a time.
/// </summary>
internal sealed class FullScaleCases : CaseKind
{
    private const int LatentsOrdinal = 20000,
        ContextOrdinal = 20001,
        ConditionOrdinal = 20002;

    public override bool Fits(ReferenceCase reference) => reference.Field("fill") is not null && reference.Holds("unet_config.json");

    public override void Run(CaseRun run)
    {
        var latents = FormulaWeights.Input(LatentsOrdinal, run.Case.Numbers("latents_shape"));
        var context = FormulaWeights.Input(ContextOrdinal, run.Case.Numbers("context_shape"));
        var timestep = tensor(new[] { (long)run.Case.Number("timestep", 0) });
        var residuals = run.Case.Holds("controlnet_config.json") ? Residuals(run, latents, context, timestep) : null;

        using var unet = new UNet2DConditionModel(UNetConfig.Parse(File.ReadAllText(run.Case.Path("unet_config.json"))), run.Placement);
        Fill(run, unet, FormulaWeights.UNetOrdinal, "check_unet_weights");
        if (residuals is not null)
            CompareSampled(run, "sample", unet.Predict(latents, timestep, context, residuals));
        CompareSampled(run, residuals is null ? "sample" : "sample_no_controlnet", unet.Predict(latents, timestep, context));
    }

    private static ControlResiduals Residuals(CaseRun run, Tensor latents, Tensor context, Tensor timestep)
    {
        using var control = new ControlNetModel(
            ControlNetConfig.Parse(File.ReadAllText(run.Case.Path("controlnet_config.json"))),
            run.Placement
        );
        Fill(run, control, FormulaWeights.ControlNetOrdinal, "check_controlnet_weights");
        var (channels, stride) = (control.ControlConfig.ConditioningChannels, control.ControlConfig.Stride);
        long[] shape = [latents.shape[0], channels, latents.shape[2] * stride, latents.shape[3] * stride];
        var condition =
            channels == 3
                ? FormulaWeights.Picture(ConditionOrdinal, shape)
                : FormulaWeights.Labels(ConditionOrdinal, (long)run.Case.Number("label_cell", 8), shape);
        var residuals = control.Residuals(latents, timestep, context, condition, run.Case.Number("conditioning_scale", 1));
        for (var index = 0; index < residuals.Down.Count; index++)
            CompareSampled(run, $"cn.down.{index}", residuals.Down[index]);
        CompareSampled(run, "cn.mid", residuals.Mid);
        return residuals;
    }

    // In 16 bits the filled values themselves are rounded: what is checked then is the formula before rounding, in one tensor after the
    // other.
    private static void Fill(CaseRun run, Module model, int ordinal, string field)
    {
        FormulaWeights.Fill(model, ordinal, run.Case.Number("gain", 1));
        if (run.Case.Field(field) is not { } checks)
            return;
        var wrong = checks.EnumerateArray().Count(check => !Holds(check));
        run.CompareCount(field, wrong, $"{checks.GetArrayLength()} tensors");
    }

    private static bool Holds(JsonElement check)
    {
        using var scope = NewDisposeScope();
        var weight = empty(
            [.. check.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())],
            dtype: ScalarType.Float32,
            device: CPU
        );
        FormulaWeights.Fill(weight, check.GetProperty("name").GetString()!, check.GetProperty("ordinal").GetInt32());
        var first = check.GetProperty("first8").EnumerateArray().Select(value => value.GetSingle()).ToArray();
        var sum = check.GetProperty("sum_f64").GetDouble();
        return weight.flatten()[..first.Length].data<float>().ToArray().Zip(first).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-7)
            && Math.Abs(weight.sum(ScalarType.Float64).item<double>() - sum) <= 1e-6 * Math.Max(1, Math.Abs(sum));
    }

    private static void CompareSampled(CaseRun run, string name, Tensor got)
    {
        if (!run.Wanted.TryGetValue($"{name}.value", out var want))
            return;
        using var scope = NewDisposeScope();
        var whole = got.to(ScalarType.Float64, CPU).flatten();
        var reference = run.Case.Field("reference")?.GetProperty(name);
        var deviation = reference?.GetProperty("std").GetDouble();
        run.Compare($"{name}.value", whole[run.Wanted[$"{name}.index"]], want, deviation);
        run.Compare($"{name}.index", run.Wanted[$"{name}.index"], run.Wanted[$"{name}.index"]);
        if (reference is not { } moments)
            return;
        run.Compare($"{name}.mean", whole.mean(), tensor(moments.GetProperty("mean").GetDouble()), deviation);
        run.Compare($"{name}.std", whole.std(unbiased: false), tensor(moments.GetProperty("std").GetDouble()), deviation);
    }
}
