using Lumen.Core;
using Lumen.Core.Checkpoints;

namespace Lumen.Pretrained;

/// <summary>Folders that hold one part of a model, told by their <c>config.json</c>.</summary>
internal static class PartFolder
{
    private static readonly Dictionary<string, string> Classes = new(StringComparer.Ordinal)
    {
        ["UNet2DConditionModel"] = "the U-Net of a model (UNet2DConditionModel); give the folder above it",
        ["AutoencoderKL"] = "the autoencoder of a model (AutoencoderKL); give the folder above it",
        ["CLIPTextModel"] = "the text encoder of a model (CLIPTextModel); give the folder above it",
        ["ControlNetModel"] = "a ControlNet (ControlNetModel); give it to --adapter",
    };

    /// <summary>The upstream class that a folder's <c>config.json</c> names; null if there is none.</summary>
    /// <exception cref="LumenException">The file is there but is not a JSON object.</exception>
    public static string? ClassOf(string folder)
    {
        var path = Path.Combine(folder, "config.json");
        return File.Exists(path) ? ConfigJson.Read(path, fields => fields.OptionalText("_class_name") ?? (fields.Texts("architectures", []) is [var first, ..] ? first : null)) : null;
    }

    /// <summary>What a folder without <c>model_index.json</c> seems to be; null if nothing is known about it.</summary>
    public static string? Describe(string folder) => ClassOf(folder) is { } name && Classes.TryGetValue(name, out var description) ? description : null;
}
