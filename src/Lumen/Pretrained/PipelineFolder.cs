using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Core.Checkpoints;
using Lumen.Hub;
using Lumen.Models.Autoencoding;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using Lumen.Models.Text;

namespace Lumen.Pretrained;

/// <summary>
/// A diffusers pipeline folder: <c>model_index.json</c>, <c>unet</c>, <c>vae</c>, <c>text_encoder</c>, <c>tokenizer</c>, <c>scheduler</c>.
/// </summary>
internal sealed class PipelineFolder : PipelineSource
{
    private readonly string _folder;

    private PipelineFolder(string folder) => _folder = folder;

    public override string Path => _folder;

    public override string Name =>
        HubCache.NameOf(_folder)
        ?? System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(_folder)));

    public override IReadOnlyList<string> BindingPaths => [Part("unet"), Part("vae")];

    public override (string Folder, ClipPadding? Padding) Tokenizer => (Part("tokenizer"), null);

    /// <summary>Refuses a folder that is no model that Lumen runs, by what it is.</summary>
    /// <exception cref="LumenException">It is something else.</exception>
    internal static void RequireModel(string folder)
    {
        if (!File.Exists(System.IO.Path.Combine(folder, "model_index.json")))
        {
            throw new LumenException(
                LumenErrorKind.Model,
                $"{folder} is not a diffusers model: it has no model_index.json. Expected a folder with model_index.json, unet/, "
                    + "vae/, text_encoder/, tokenizer/ and scheduler/."
                    + (PartFolder.Describe(folder) is { } part ? $" It is {part}." : "")
            )
            {
                Properties = ["Model"],
            };
        }
        if (PipelineClasses.Of(folder) is var (title, advice))
            throw new LumenException(LumenErrorKind.Model, $"{folder} is {title}. {advice}.");
    }

    public static PipelineFolder OpenFolder(string folder, LumenRegistry registry)
    {
        RequireModel(folder);
        return new PipelineFolder(folder)
        {
            UNet = UNetConfig.Parse(Text("unet", "config.json")),
            Autoencoder = AutoencoderConfig.Parse(Text("vae", "config.json")),
            Text = ClipTextConfig.Parse(Text("text_encoder", "config.json")),
            Scheduler = SchedulerConfig.Parse(Text("scheduler", "scheduler_config.json"), registry.Samplers),
        };

        string Text(string part, string file)
        {
            var path = System.IO.Path.Combine(folder, part, file);
            return File.Exists(path)
                ? ConfigJson.TextOf(path)
                : throw new LumenException(
                    LumenErrorKind.Model,
                    $"The model {folder} has no {part}/{file}. Expected a complete diffusers folder; download or copy it again."
                );
        }
    }

    public override Checkpoint OpenWeights(string part) => Checkpoint.Open(Part(part));

    public override void Dispose()
    {
        // Each part's weights are opened and closed on their own.
    }

    private string Part(string name) => System.IO.Path.Combine(_folder, name);
}

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
