using Lumen.Models.Denoising;
using Lumen.Models.Schedules;

namespace Lumen.Pretrained;

/// <summary>Which published family a U-Net's sizes belong to.</summary>
internal static class ModelFamily
{
    /// <summary>What to do instead of using a model that takes more than latents and text.</summary>
    public const string Instead = "Lumen generates from text and layout alone: use the ordinary model of its family";

    private static readonly long[] Widths = [320, 640, 1280, 1280];

    public static string Of(UNetConfig unet)
    {
        var known = (unet.BlockOutChannels.SequenceEqual(Widths), unet.CrossAttentionDim, unet.UseLinearProjection) switch
        {
            (true, 768, false) => "Stable Diffusion 1.x",
            (true, 1024, true) => "Stable Diffusion 2.x",
            _ => "latent diffusion in sizes of its own",
        };
        return known + (InputsOf(unet.InChannels) is { } inputs ? $", {inputs}" : "");
    }

    /// <summary>What is said of a model whose denoiser takes more than latents and text.</summary>
    public static LumenException Refusal(string path, string inputs) =>
        new(
            LumenErrorKind.Model,
            $"{path} is a Stable Diffusion model for {inputs}, which Lumen does not run: it generates from text and layout alone. "
                + "Use the ordinary model of its family."
        );

    public static string Of(PipelineSource source) =>
        $"{Of(source.UNet)}, predicts {Prediction(source.Scheduler.PredictionType)}, "
        + $"{source.UNet.SampleSize * source.Autoencoder.Stride} x {source.UNet.SampleSize * source.Autoencoder.Stride} pixels";

    private static string Prediction(PredictionType type) =>
        type switch
        {
            PredictionType.VPrediction => "v",
            PredictionType.Sample => "the picture",
            _ => "noise (epsilon)",
        };

    /// <summary>What a denoiser takes beside four latent channels, in words; null for an ordinary one.</summary>
    public static string? InputsOf(long channels) =>
        channels switch
        {
            9 => "inpainting (9 input channels)",
            8 => "picture to picture (8 input channels)",
            7 => "upscaling (7 input channels)",
            5 => "depth to picture (5 input channels)",
            _ => null,
        };
}
