using System.Globalization;
using System.Text.RegularExpressions;
using Lumen.Models.Control;
using Lumen.Models.Denoising;

namespace Lumen.Testing.Parity;

/// <summary>
/// A ControlNet's residuals and the U-Net with them. Output names carry the conditioning scale: <c>scale0.5.down.0</c>,
/// <c>scale0.5.unet_sample</c>,
/// <c>sample_cn0.5</c>; <c>cn.down.0</c> is scale 1 and <c>guess.down.0</c> guess mode.
/// </summary>
internal sealed partial class ControlNetCases : CaseKind
{
    public override bool Fits(ReferenceCase reference) =>
        DenoiserInputs.Fit(reference) && DenoiserInputs.HasCondition(reference) && FolderOf(reference) is not null;

    public override void Run(CaseRun run)
    {
        using var control = ModelFolder.ControlNet(FolderOf(run.Case)!, run.Placement);
        var (sample, timestep, context) = DenoiserInputs.Of(run);
        var condition = DenoiserInputs.Condition(run);
        using (var embedded = control.Embed(condition))
            run.Compare("cond_embedding", embedded);
        Compare("guess", control.Residuals(sample, timestep, context, condition, guess: true));
        Compare("cn", control.Residuals(sample, timestep, context, condition));

        using var unet = UNetFolder(run.Case) is { } folder ? ModelFolder.UNet(folder, run.Placement) : null;
        foreach (
            var scale in run
                .Wanted.Keys.Select(name => Scale().Match(name).Groups["scale"].Value)
                .Where(text => text.Length > 0)
                .Distinct()
                .ToArray()
        )
        {
            var residuals = control.Residuals(sample, timestep, context, condition, double.Parse(scale, CultureInfo.InvariantCulture));
            Compare($"scale{scale}", residuals);
            if (unet is null)
                continue;
            using var prediction = unet.Predict(sample, timestep, context, residuals);
            run.Compare($"scale{scale}.unet_sample", prediction);
            run.Compare($"sample_cn{scale}", prediction);
        }

        void Compare(string prefix, ControlResiduals residuals)
        {
            for (var index = 0; index < residuals.Down.Count; index++)
                run.Compare($"{prefix}.down.{index}", residuals.Down[index]);
            run.Compare($"{prefix}.mid", residuals.Mid);
        }
    }

    private static string? FolderOf(ReferenceCase reference) => ModelFolder.Find(reference, nameof(ControlNetModel), "controlnet", "model");

    private static string? UNetFolder(ReferenceCase reference) =>
        ModelFolder.Find(reference, nameof(UNet2DConditionModel), "unet", "model");

    [GeneratedRegex(@"^(scale(?<scale>\d+(\.\d+)?)\.(down|mid|unet_sample)|sample_cn(?<scale>\d+(\.\d+)?)$)")]
    private static partial Regex Scale();
}
