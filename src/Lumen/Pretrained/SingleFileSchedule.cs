using System.Globalization;
using Lumen.Core;
using Lumen.Core.Checkpoints;
using Lumen.Models.Schedules;

namespace Lumen.Pretrained;

/// <summary>
/// The noise schedule of a single-file checkpoint: its kind's usual one, corrected by what the file says (<c>modelspec.*</c> metadata, the marker tensors <c>v_pred</c> and
/// <c>ztsnr</c>) and by what its owner says. Nothing else in the weights tells what the denoiser predicts.
/// </summary>
internal static class SingleFileSchedule
{
    private static readonly Dictionary<string, PredictionType> Predictions = new(StringComparer.Ordinal)
    {
        ["epsilon"] = PredictionType.Epsilon,
        ["v"] = PredictionType.VPrediction,
        ["v_prediction"] = PredictionType.VPrediction,
        ["sample"] = PredictionType.Sample,
    };

    /// <summary>As published with SD 1.5, or with SD 2.1.</summary>
    public static SchedulerConfig Usual(bool isSecond) => new()
    {
        ClassName = isSecond ? "DDIMScheduler" : "PNDMScheduler",
        BetaStart = 0.00085,
        BetaEnd = 0.012,
        BetaSchedule = BetaSchedule.ScaledLinear,
        ClipSample = false,
        SetAlphaToOne = false,
        SkipPrkSteps = true,
        StepsOffset = 1,
        PredictionType = isSecond ? PredictionType.VPrediction : PredictionType.Epsilon,
    };

    /// <summary>The schedule with what is known about this file.</summary>
    /// <param name="config">The usual one, or a given one.</param>
    /// <param name="file">The checkpoint.</param>
    /// <param name="given">What its owner says, or null.</param>
    /// <param name="isInferred">False where <paramref name="config"/> was given and the file is not asked.</param>
    /// <exception cref="LumenException"><paramref name="given"/> is no prediction type.</exception>
    public static SchedulerConfig With(SchedulerConfig config, Checkpoint file, string? given, bool isInferred)
    {
        if (given is not null) return config with { PredictionType = Predictions.TryGetValue(given, out var asked) ? asked : throw new LumenException($"--prediction-type must be epsilon, v_prediction or sample but is \"{given}\".") };
        if (!isInferred) return config;
        if (file.Metadata.TryGetValue("modelspec.prediction_type", out var said) && Predictions.TryGetValue(said, out var prediction)) return config with { PredictionType = prediction };
        return file.Entries.ContainsKey("v_pred") ? config with { PredictionType = PredictionType.VPrediction, RescaleBetasZeroSnr = file.Entries.ContainsKey("ztsnr") } : config;
    }

    /// <summary>Side in pixels of the pictures it was trained on: what the file says, otherwise 768 for v-prediction and 512 for the others.</summary>
    public static long Side(Checkpoint file, PredictionType prediction)
    {
        var said = file.Metadata.GetValueOrDefault("modelspec.resolution")?.Split('x')[0];
        return long.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var side) && side is >= 64 and <= 4096 ? side / 64 * 64 : prediction == PredictionType.VPrediction ? 768 : 512;
    }
}
