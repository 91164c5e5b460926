using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Core.Checkpoints;
using Lumen.Core.Files;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>Writes parts of a diffusers model folder.</summary>
public static class ModelFolder
{
    /// <summary>A part's <c>config.json</c> and weights; floating weights are stored as bfloat16.</summary>
    /// <param name="folder">The part's folder: <c>unet</c>, <c>vae</c>, ...</param>
    /// <param name="config">The published configuration.</param>
    /// <param name="weights">Names and tensors.</param>
    /// <param name="file">File name of the weights.</param>
    public static void WritePart(string folder, string config, IReadOnlyDictionary<string, Tensor> weights, string file)
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(Path.Combine(folder, file), weights.Select(w => KeyValuePair.Create(
            w.Key, w.Value.is_floating_point() ? w.Value.detach().to_type(ScalarType.BFloat16) : w.Value.detach())));
        WriteText(Path.Combine(folder, "config.json"), config + "\n");
    }

    /// <summary>The <c>model_index.json</c> of a Stable Diffusion pipeline without a safety checker.</summary>
    public static void WriteIndex(string folder) => WriteText(Path.Combine(folder, "model_index.json"), new JsonObject
    {
        ["_class_name"] = "StableDiffusionPipeline",
        ["_diffusers_version"] = "0.27.2",
        ["feature_extractor"] = new JsonArray(null, null),
        ["image_encoder"] = new JsonArray(null, null),
        ["requires_safety_checker"] = false,
        ["safety_checker"] = new JsonArray(null, null),
        ["scheduler"] = new JsonArray("diffusers", "DDIMScheduler"),
        ["text_encoder"] = new JsonArray("transformers", "CLIPTextModel"),
        ["tokenizer"] = new JsonArray("transformers", "CLIPTokenizer"),
        ["unet"] = new JsonArray("diffusers", "UNet2DConditionModel"),
        ["vae"] = new JsonArray("diffusers", "AutoencoderKL"),
    }.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");

    /// <summary>A text file, written whole or not at all.</summary>
    public static void WriteText(string path, string text) => WholeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
