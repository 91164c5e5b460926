using Lumen.Models.Schedules;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>The squared error of a denoiser's answers, evenly or by the noise's strength.</summary>
internal static class DenoisingLoss
{
    /// <param name="predicted">[B, ...] float32.</param>
    /// <param name="target">What it should be, the same shape.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="timesteps">[B].</param>
    /// <param name="snrGamma">Limit of <see cref="NoiseSchedule.MinSnrWeights"/>; null weighs all timesteps alike.</param>
    /// <returns>A scalar, float32.</returns>
    public static Tensor Of(Tensor predicted, Tensor target, NoiseSchedule schedule, Tensor timesteps, double? snrGamma)
    {
        if (snrGamma is not { } gamma)
            return nn.functional.mse_loss(predicted, target);
        using var scope = NewDisposeScope();
        var errors = (predicted - target).square().flatten(1).mean([1]); // [B]
        return (errors * schedule.MinSnrWeights(timesteps, gamma).to(errors.device)).mean().MoveToOuterDisposeScope();
    }
}
