using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>What a configuration does to the predicted original sample: nothing, clip it, or threshold it dynamically.</summary>
internal static class OriginalSample
{
    /// <param name="original">x_0, [B, ...].</param>
    /// <param name="config">The scheduler's configuration.</param>
    /// <param name="clipsByDefault">Whether the sampler clips where the configuration does not say.</param>
    public static Tensor Bound(Tensor original, SchedulerConfig config, bool clipsByDefault) =>
        config.Thresholding ? Threshold(original, config)
        : config.ClipSample ?? clipsByDefault ? original.clamp(-config.ClipSampleRange, config.ClipSampleRange)
        : original;

    /// <summary>Saharia et al. 2022, section 2.3: scales by a quantile of the magnitudes where it is above 1.</summary>
    public static Tensor Threshold(Tensor original, SchedulerConfig config)
    {
        var flat = original.flatten(1); // [B, C·H·W]
        var share = tensor((float)config.DynamicThresholdingRatio).to(flat.device);
        var limit = flat.abs().quantile(share, 1, keepdim: true).reshape(-1, 1); // [B, 1]
        limit = limit.clamp(1, Math.Max(config.SampleMaxValue, 1));
        return (minimum(maximum(flat, -limit), limit) / limit).reshape(original.shape);
    }
}
