using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Core.Checkpoints;
using Lumen.Models.Text;
using Lumen.Models.Vision;
using static TorchSharp.torch;

namespace Lumen.Training.Backbones;

/// <summary>
/// Writes trained vision transformers as transformers publishes them: <c>config.json</c> and <c>model.safetensors</c>, which
/// <c>VisionBackbone</c> and Python open.
/// </summary>
internal static class BackboneFolder
{
    private const string Naming = "transformers";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes a network, with what belongs to it.</summary>
    /// <param name="folder">Made if absent.</param>
    /// <param name="family">Whose names and conventions they are.</param>
    /// <param name="network">Sizes, and the type that weights are stored in.</param>
    /// <param name="weights">The network's state under our names.</param>
    /// <param name="text">CLIP's text tower: its configuration, and tensors under transformers' names; null for the others.</param>
    public static void Write(
        string folder,
        BackboneFamily family,
        (VisionTransformerConfig Config, ScalarType Type) network,
        IReadOnlyDictionary<string, Tensor> weights,
        (ClipTextConfig Config, IReadOnlyDictionary<string, Tensor> Weights)? text = null
    )
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var naming = family.Namings.Single(one => one.Name == Naming);
        var tensors = naming.View(weights, _ => false).Concat(text?.Weights ?? new Dictionary<string, Tensor>());
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            tensors.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.detach().to_type(network.Type).contiguous()))
        );
        ModelFolder.WriteText(
            Path.Combine(folder, "config.json"),
            (text is null ? Alone(network.Config) : Pair(network.Config, text.Value.Config)).ToJsonString(Indented) + "\n"
        );
    }

    private static JsonObject Alone(VisionTransformerConfig config)
    {
        var json = Sizes(config, "gelu");
        json["qkv_bias"] = true;
        if (!config.LayerScale)
        {
            (json["architectures"], json["model_type"]) = (new JsonArray("ViTModel"), "vit");
            json["intermediate_size"] = config.Hidden;
            return json;
        }
        var registers = config.Registers > 0;
        (json["architectures"], json["model_type"]) = (
            new JsonArray(registers ? "Dinov2WithRegistersModel" : "Dinov2Model"),
            registers ? "dinov2_with_registers" : "dinov2"
        );
        if (registers)
            json["num_register_tokens"] = config.Registers;
        json["mlp_ratio"] = config.Hidden / (double)config.Width;
        json["use_swiglu_ffn"] = false;
        return json;
    }

    private static JsonObject Pair(VisionTransformerConfig config, ClipTextConfig text)
    {
        var vision = Sizes(config, "quick_gelu");
        (vision["model_type"], vision["intermediate_size"], vision["projection_dim"]) = (
            "clip_vision_model",
            config.Hidden,
            config.Projection
        );
        return new JsonObject
        {
            ["architectures"] = new JsonArray("CLIPModel"),
            ["model_type"] = "clip",
            ["projection_dim"] = config.Projection,
            ["text_config"] = JsonNode.Parse((text with { ProjectionDim = config.Projection }).ToJson()),
            ["vision_config"] = vision,
        };
    }

    private static JsonObject Sizes(VisionTransformerConfig config, string activation) =>
        new()
        {
            ["hidden_act"] = activation,
            ["hidden_size"] = config.Width,
            ["image_size"] = config.Grid * config.Patch,
            ["layer_norm_eps"] = config.Epsilon,
            ["num_attention_heads"] = config.Heads,
            ["num_channels"] = 3,
            ["num_hidden_layers"] = config.Depth,
            ["patch_size"] = config.Patch,
        };
}
