using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Core.Imaging;

namespace Lumen.Generation;

/// <summary>Everything that made a picture, as it is written into the PNG. File names only, never absolute paths.</summary>
public sealed record GenerationRecord
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The prompt.</summary>
    public required string Prompt { get; init; }

    /// <summary>Steps, guidance, strength, seed.</summary>
    public required GenerationOptions Options { get; init; }

    /// <summary>Name of the sampler that ran.</summary>
    public required string Sampler { get; init; }

    /// <summary>Number of the picture's noise stream.</summary>
    public long Item { get; init; }

    /// <summary>Width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Height in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Name and weights hash of the base model.</summary>
    public required (string Name, string Hash) Model { get; init; }

    /// <summary>Name and weights hash of the adapter.</summary>
    public required (string Name, string Hash) Adapter { get; init; }

    /// <summary>What the file that steered the picture was - <c>reference</c>, <c>layout</c> or <c>condition_image</c> -, its name and the hash of its content.</summary>
    public required (string Kind, string Name, string Hash) Source { get; init; }

    /// <summary>The layout that was followed, or null where an ordinary ControlNet was.</summary>
    public LayoutRecord? Layout { get; init; }

    /// <summary>Compute type: <c>float32</c> or <c>bfloat16</c>.</summary>
    public required string ComputeType { get; init; }

    /// <summary>The two text chunks of the PNG.</summary>
    public PngText ToPngText() => new(ToParameters(), ToJson().ToJsonString(Json));

    /// <summary>The settings as AUTOMATIC1111's web UI writes and reads them.</summary>
    public string ToParameters()
    {
        var negative = Options.NegativePrompt.Length > 0 ? $"\nNegative prompt: {Options.NegativePrompt}" : "";
        var item = Item > 0 ? $", Lumen picture: {Item}" : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{Prompt}{negative}\nSteps: {Options.Steps}, Sampler: {Sampler.ToUpperInvariant()}, CFG scale: {Options.GuidanceScale}, Seed: {Options.Seed}, Size: {Width}x{Height}, Model hash: {Model.Hash[..10]}, Model: {Model.Name}{item}");
    }

    /// <summary>Everything, as JSON with the names of diffusers.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["format"] = "lumen-generation-1",
            ["prompt"] = Prompt,
            ["negative_prompt"] = Options.NegativePrompt,
            ["num_inference_steps"] = Options.Steps,
            ["scheduler"] = Sampler,
            ["eta"] = Options.Eta,
            ["guidance_scale"] = Options.GuidanceScale,
            ["controlnet_conditioning_scale"] = Options.Strength,
            ["control_guidance_start"] = Options.ControlStart,
            ["control_guidance_end"] = Options.ControlEnd,
            ["seed"] = Options.Seed,
            ["item"] = Item,
            ["width"] = Width,
            ["height"] = Height,
            ["dtype"] = ComputeType,
            ["model"] = new JsonObject { ["name"] = Model.Name, ["weights_sha256"] = Model.Hash },
            ["adapter"] = new JsonObject { ["name"] = Adapter.Name, ["weights_sha256"] = Adapter.Hash },
            [Source.Kind] = new JsonObject { ["file_name"] = Source.Name, ["sha256"] = Source.Hash },
        };
        Layout?.AddTo(json);
        return json;
    }
}
