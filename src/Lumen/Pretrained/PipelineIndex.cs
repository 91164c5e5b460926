using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lumen.Pretrained;

/// <summary>The <c>model_index.json</c> of a Stable Diffusion pipeline without a safety checker.</summary>
public static class PipelineIndex
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <param name="scheduler">diffusers' class of the scheduler.</param>
    public static string Json(string scheduler) =>
        new JsonObject
        {
            ["_class_name"] = "StableDiffusionPipeline",
            ["_diffusers_version"] = "0.27.2",
            ["feature_extractor"] = new JsonArray(null, null),
            ["image_encoder"] = new JsonArray(null, null),
            ["requires_safety_checker"] = false,
            ["safety_checker"] = new JsonArray(null, null),
            ["scheduler"] = new JsonArray("diffusers", scheduler),
            ["text_encoder"] = new JsonArray("transformers", "CLIPTextModel"),
            ["tokenizer"] = new JsonArray("transformers", "CLIPTokenizer"),
            ["unet"] = new JsonArray("diffusers", "UNet2DConditionModel"),
            ["vae"] = new JsonArray("diffusers", "AutoencoderKL"),
        }.ToJsonString(Indented) + "\n";
}
