using System.Globalization;
using Lumen.Core.Checkpoints;
using Lumen.Models.Schedules;

namespace Lumen.Pretrained;

/// <summary>
/// The noise schedule of a single-file checkpoint: its kind's usual one, corrected by what the file says (<see cref="ScheduleMarkers"/>)
/// and by what its owner says.
/// </summary>
internal static class SingleFileSchedule
{
    /// <summary>As published with SD 1.5, or with SD 2.1.</summary>
    public static SchedulerConfig Usual(bool isSecond) =>
        new()
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
    /// <param name="markers">What the file says.</param>
    /// <param name="given">What its owner says that it predicts, or null.</param>
    /// <param name="isInferred">False where <paramref name="config"/> is the owner's: the file may only add to it what it does not
    /// say.</param>
    /// <exception cref="LumenException">File and owner, or the file and itself, say different things.</exception>
    public static SchedulerConfig With(SchedulerConfig config, ScheduleMarkers markers, string? given, bool isInferred)
    {
        // What is predicted and how the noise ends are two questions, each answered on its own.
        var prediction =
            given is not null ? ScheduleMarkers.Parse(given)
            : isInferred ? markers.Prediction ?? config.PredictionType
            : markers.Agreeing(config.PredictionType);
        var result = config with
        {
            PredictionType = prediction,
            RescaleBetasZeroSnr = config.RescaleBetasZeroSnr || markers.ZeroSnrBy is not null,
        };
        // PNDM cannot walk such a schedule, and leading timesteps never begin at its end (Lin et al. 2024).
        return result.RescaleBetasZeroSnr && isInferred
            ? result with
            {
                ClassName = "DDIMScheduler",
                TimestepSpacing = TimestepSpacing.Trailing,
            }
            : result;
    }

    /// <summary>
    /// Side in pixels of the pictures it was trained on: what the file says, otherwise 768 for v-prediction and 512 for the others.
    /// </summary>
    public static long Side(Checkpoint file, PredictionType prediction)
    {
        var said = file.Metadata.GetValueOrDefault("modelspec.resolution")?.Split('x')[0];
        return long.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var side) && side is >= 64 and <= 4096
                ? side / 64 * 64
            : prediction == PredictionType.VPrediction ? 768
            : 512;
    }
}
