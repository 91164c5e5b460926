using Lumen.Core.Checkpoints;

namespace Lumen.Pretrained;

/// <summary>Folders that hold one part of a model, recognised by their <c>config.json</c>.</summary>
internal static class PartFolder
{
    private static readonly Dictionary<string, string> Classes = new(StringComparer.Ordinal)
    {
        ["UNet2DConditionModel"] = "the U-Net of a model (UNet2DConditionModel); give the folder above it",
        ["AutoencoderKL"] = "the autoencoder of a model (AutoencoderKL); give the folder above it",
        ["CLIPTextModel"] = "the text encoder of a model (CLIPTextModel); give the folder above it",
        ["ControlNetModel"] = "a ControlNet (ControlNetModel); give it to `Adapter`",
        ["T2IAdapter"] = "a T2I-Adapter, which Lumen does not run; choose a ControlNet",
        ["MultiAdapter"] = "several T2I-Adapters, which Lumen does not run; choose a ControlNet",
        ["MotionAdapter"] = "a motion module of AnimateDiff (video), which Lumen does not run",
        ["ControlNetXSAdapter"] = "a ControlNet-XS, which Lumen does not run; choose a ControlNet",
        ["SD3ControlNetModel"] = "a ControlNet for Stable Diffusion 3, which Lumen does not run",
        ["FluxControlNetModel"] = "a ControlNet for Flux, which Lumen does not run",
        ["AutoencoderTiny"] = "a tiny autoencoder (TAESD), which Lumen does not use",
        ["SD3Transformer2DModel"] = "the transformer of Stable Diffusion 3, which Lumen does not run",
        ["FluxTransformer2DModel"] = "the transformer of Flux, which Lumen does not run",
        ["PixArtTransformer2DModel"] = "the transformer of PixArt, which Lumen does not run",
        ["CLIPTextModelWithProjection"] = "a text encoder of Stable Diffusion XL, which Lumen does not run",
        ["T5EncoderModel"] = "a T5 text encoder, which Lumen does not run",
        ["UNetSpatioTemporalConditionModel"] = "the U-Net of Stable Video Diffusion (video), which Lumen does not run",
        ["CLIPModel"] = "a CLIP network; give it to `BackboneWeights`",
        ["CLIPVisionModel"] = "a CLIP network; give it to `BackboneWeights`",
        ["Dinov2Model"] = "a DINOv2 network; give it to `BackboneWeights`",
        ["ViTModel"] = "a vision transformer; give it to `BackboneWeights`",
        ["PerceptionNetwork"] = "a perception network; give it to `Network` of lumen evaluate perception",
    };

    /// <summary>The upstream class that a folder's <c>config.json</c> names; null if there is none.</summary>
    /// <exception cref="LumenException">The file is there but is not a JSON object.</exception>
    public static string? ClassOf(string folder)
    {
        var path = Path.Combine(folder, "config.json");
        return File.Exists(path)
            ? ConfigJson.Read(
                path,
                fields => fields.OptionalText("_class_name") ?? (fields.Texts("architectures", []) is [var first, ..] ? first : null)
            )
            : null;
    }

    /// <summary>
    /// What a folder without <c>model_index.json</c> is, by its configuration or else by its weights; null if nothing is known about it.
    /// </summary>
    public static string? Describe(string folder)
    {
        if (ClassOf(folder) is { } name && Classes.TryGetValue(name, out var description))
            return description;
        if (File.Exists(Path.Combine(folder, "adapter_config.json")))
            return "a LoRA (a peft folder), which Lumen does not apply; merge it into its base";
        try
        {
            using var weights = Checkpoint.Open(Directory.EnumerateFiles(folder, "*.safetensors").ToArray() is [var only] ? only : folder);
            return WeightKinds.Identify(weights) is { Kind: not WeightKind.Unknown } identity
                ? $"{identity.Title}{(identity.Advice.Length > 0 ? $"; {identity.Advice}" : "")}"
                : null;
        }
        catch (LumenException)
        {
            return null; // no weights, or none that can be read: the caller says what is missing
        }
    }

    /// <summary>Refuses a folder or file that is known to be something else than a ControlNet, by what it is.</summary>
    /// <exception cref="LumenException">It is.</exception>
    public static void RequireControlNet(string path)
    {
        if (!Directory.Exists(path))
            return;
        if (File.Exists(Path.Combine(path, "model_index.json")))
            throw new LumenException(
                LumenErrorKind.Model,
                $"{path} is a whole model, not an adapter. Give it to `Model`, and give `Adapter` a ControlNet "
                    + "folder"
                    + $"{(Directory.Exists(Path.Combine(path, "controlnet")) ? $", such as {Path.Combine(path, "controlnet")}" : "")}."
            );
        if (ClassOf(path) is not null and not "ControlNetModel" || !File.Exists(Path.Combine(path, "config.json")))
        {
            if (Describe(path) is { } other && !other.StartsWith("a ControlNet", StringComparison.Ordinal))
                throw new LumenException(LumenErrorKind.Model, $"{path} is not a ControlNet: it is {other}.");
        }
    }
}
