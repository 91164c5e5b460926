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

    /// <summary>Hash of the layout basis.</summary>
    public required string BasisHash { get; init; }

    /// <summary>Name and content hash of the file the layout came from, and whether it was a picture.</summary>
    public required (string Name, string Hash, bool IsPicture) Source { get; init; }

    /// <summary>Hash of the layout's values as they were used.</summary>
    public required string LayoutHash { get; init; }

    /// <summary>Components that were used, and how many the basis has.</summary>
    public required (int Used, int Total) Components { get; init; }

    /// <summary>Compute type: <c>float32</c> or <c>bfloat16</c>.</summary>
    public required string ComputeType { get; init; }

    /// <summary>Agreement of the picture's own layout with the given one.</summary>
    public double LayoutAgreement { get; init; }

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
    public JsonObject ToJson() => new()
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
        ["components"] = Components.Used,
        ["basis_components"] = Components.Total,
        ["model"] = new JsonObject { ["name"] = Model.Name, ["weights_sha256"] = Model.Hash },
        ["adapter"] = new JsonObject { ["name"] = Adapter.Name, ["weights_sha256"] = Adapter.Hash },
        ["basis_sha256"] = BasisHash,
        ["layout_sha256"] = LayoutHash,
        [Source.IsPicture ? "reference" : "layout"] = new JsonObject { ["file_name"] = Source.Name, ["sha256"] = Source.Hash },
        ["layout_agreement"] = Math.Round(LayoutAgreement, 4),
    };
}
