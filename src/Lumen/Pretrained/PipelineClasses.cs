using Lumen.Core.Checkpoints;

namespace Lumen.Pretrained;

/// <summary>Which pipeline a diffusers folder is, by the class that its <c>model_index.json</c> names.</summary>
internal static class PipelineClasses
{
    private const string Ours = "Lumen runs Stable Diffusion 1.x and 2.x: choose a model of these";
    private const string Plain = "Lumen generates from text and layout alone: use the ordinary model of its family";

    // Beginnings of class names, the longer ones first.
    private static readonly (string Beginning, string Title, string Advice)[] Foreign =
    [
        ("StableDiffusionXLInstructPix2Pix", "a Stable Diffusion XL model", Ours),
        ("StableDiffusionXL", "a Stable Diffusion XL model", Ours),
        ("StableDiffusion3", "a Stable Diffusion 3 model", Ours),
        ("StableDiffusionInpaint", "an inpainting model of Stable Diffusion (9 input channels)", Plain),
        ("StableDiffusionInstructPix2Pix", "InstructPix2Pix (8 input channels)", Plain),
        ("StableDiffusionUpscale", "an upscaling model of Stable Diffusion (7 input channels)", Plain),
        ("StableDiffusionLatentUpscale", "an upscaling model of Stable Diffusion", Plain),
        ("StableDiffusionDepth2Img", "a depth-to-picture model of Stable Diffusion (5 input channels)", Plain),
        ("StableDiffusionImageVariation", "a model of picture variations", Plain),
        ("StableUnCLIP", "an unCLIP model of Stable Diffusion", Plain),
        ("StableVideoDiffusion", "a Stable Video Diffusion model (video)", Ours),
        ("StableCascade", "a Stable Cascade model", Ours),
        ("Wuerstchen", "a Wuerstchen model", Ours),
        ("Flux", "a Flux model", Ours),
        ("PixArt", "a PixArt model", Ours),
        ("Sana", "a Sana model", Ours),
        ("HunyuanDiT", "a Hunyuan-DiT model", Ours),
        ("HunyuanVideo", "a Hunyuan video model", Ours),
        ("Kandinsky", "a Kandinsky model", Ours),
        ("Kolors", "a Kolors model", Ours),
        ("AuraFlow", "an AuraFlow model", Ours),
        ("Lumina", "a Lumina model", Ours),
        ("QwenImage", "a Qwen-Image model", Ours),
        ("CogVideoX", "a CogVideoX model (video)", Ours),
        ("CogView", "a CogView model", Ours),
        ("LTX", "an LTX model (video)", Ours),
        ("Wan", "a Wan model (video)", Ours),
        ("AnimateDiff", "an AnimateDiff model (video)", Ours),
        ("IF", "a DeepFloyd IF model", Ours),
        ("DDPM", "a diffusion model without text", Ours),
        ("DDIM", "a diffusion model without text", Ours),
        ("LDMSuperResolution", "an upscaling latent diffusion model", Ours),
        ("AltDiffusion", "an AltDiffusion model", Ours),
    ];

    /// <summary>What a folder is that Lumen does not run; null for all others.</summary>
    /// <param name="folder">A folder with <c>model_index.json</c>.</param>
    /// <exception cref="LumenException">The file is not a JSON object.</exception>
    public static (string Title, string Advice)? Of(string folder)
    {
        var name = ConfigJson.Read(Path.Combine(folder, "model_index.json"), fields => fields.OptionalText("_class_name"));
        foreach (var (beginning, title, advice) in Foreign)
        {
            if (name?.StartsWith(beginning, StringComparison.Ordinal) == true)
                return ($"{title} ({name})", advice);
        }
        return null;
    }
}
