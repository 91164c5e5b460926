using System.Text.Json.Serialization;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Autoencoding;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Text;
using Lumen.Models.Vision;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Pretrained;

/// <summary>Parts of models, counted and compared with what their configuration promises; no weight is read.</summary>
internal static class PartInspection
{
    private static readonly Placement NoMemory = new(META, ScalarType.Float32);

    public static ModelPart UNet(Checkpoint weights, UNetConfig config, List<string> missing)
    {
        Compare("unet", weights, () => new UNet2DConditionModel(config, NoMemory), missing);
        return Part("unet", nameof(UNet2DConditionModel), weights, Denoiser(config));
    }

    public static ModelPart ControlNet(Checkpoint weights, ControlNetConfig config, List<string> missing)
    {
        Compare("controlnet", weights, () => new ControlNetModel(config, NoMemory), missing);
        return Part(
            "controlnet",
            nameof(ControlNetModel),
            weights,
            $"{config.ConditioningChannels} condition channels, {Denoiser(config.Encoder)}"
        );
    }

    public static ModelPart Autoencoder(Checkpoint weights, AutoencoderConfig config, List<string> missing)
    {
        Compare(
            "vae",
            weights,
            () => new AutoencoderKL(config, NoMemory),
            missing,
            AutoencoderNames.ToCurrent,
            AutoencoderNames.MayReshape
        );
        return Part("vae", nameof(AutoencoderKL), weights, $"{config.LatentChannels} latent channels, 1/{config.Stride} of the side");
    }

    public static ModelPart Text(Checkpoint weights, ClipTextConfig config, List<string> missing)
    {
        Compare("text_encoder", weights, () => new ClipTextModel(config, NoMemory), missing, ignore: ClipTextModel.IsConstant);
        return Part(
            "text_encoder",
            "CLIPTextModel",
            weights,
            $"{config.Layers} layers of {config.HiddenSize}, {config.VocabularySize} tokens"
        );
    }

    public static ModelPart Backbone(Checkpoint weights, string? config)
    {
        var found = BackboneWeights.Recognise(
            weights.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Shape, StringComparer.Ordinal),
            config,
            weights.Description
        );
        var sizes = found.Config;
        return Part(
            "backbone",
            found.Name,
            weights,
            $"{sizes.Depth} layers of {sizes.Width}, {sizes.Heads} heads, pictures of {sizes.Grid * sizes.Patch} in patches of "
                + $"{sizes.Patch}, {sizes.Registers} registers, {found.Naming.Name} names{Activation(found)}"
        );
    }

    private static string Activation(BackboneWeights found)
    {
        if (found.Activation is not { } name)
            return "";
        return found.IsActivationAssumed
            ? $", activation {name} (assumed: neither config.json nor open_clip_config.json is beside the weights, and nothing in "
                + "them tells; OpenAI's networks have quick_gelu, OpenCLIP's mostly gelu; choose with `Activation`)"
            : $", activation {name}";
    }

    /// <summary>A part of which nothing but the weights is known.</summary>
    public static ModelPart Part(string name, string className, Checkpoint weights, string detail) =>
        new(
            name,
            className,
            weights.Entries.Values.Sum(entry => entry.Shape.Aggregate(1L, (product, size) => product * size)),
            weights.Entries.Values.Sum(entry => entry.Length),
            [
                .. weights
                    .Entries.Values.GroupBy(entry => entry.TypeName)
                    .OrderByDescending(group => group.Sum(entry => entry.Length))
                    .Select(group => group.Key),
            ],
            detail
        );

    private static string Denoiser(UNetConfig config) =>
        $"levels of {string.Join('-', config.BlockOutChannels)}, text of {config.CrossAttentionDim}";

    private static void Compare(
        string part,
        Checkpoint weights,
        Func<Module> make,
        List<string> missing,
        Func<string, string>? translate = null,
        Func<string, IReadOnlyList<long>, bool>? reshape = null,
        Func<string, bool>? ignore = null
    )
    {
        using var scope = NewDisposeScope();
        using var model = make();
        if (StateLoader.Faults(model, weights, translate, reshape, ignore) is { Count: > 0 } faults)
            missing.Add(
                $"{part}: {faults.Count} of its tensors do not fit its configuration; the first: "
                    + $"{string.Join(' ', faults[0].Split(' ', StringSplitOptions.RemoveEmptyEntries))}"
            );
    }
}

/// <summary>One part of a model in a <see cref="ModelReport"/>.</summary>
/// <param name="Name">Its folder's name: <c>unet</c>.</param>
/// <param name="Class">Upstream's class: <c>UNet2DConditionModel</c>.</param>
/// <param name="Parameters">Number of weights; 0 for a part without.</param>
/// <param name="Bytes">Bytes of the weights as stored.</param>
/// <param name="DTypes">Types of the weights as safetensors calls them, the most frequent first.</param>
/// <param name="Detail">What else is worth knowing, in words.</param>
public sealed record ModelPart(
    string Name,
    string Class,
    long Parameters,
    long Bytes,
    [property: JsonPropertyName("dtypes")] IReadOnlyList<string> DTypes,
    string Detail
);
