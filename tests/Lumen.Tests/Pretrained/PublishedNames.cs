using System.Text.Json;
using Lumen.Core.Checkpoints;
using Lumen.Models.Autoencoding;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Text;
using Lumen.Testing;

namespace Lumen.Tests.Pretrained;

/// <summary>The published lists of names and shapes under tests/goldens/keys.</summary>
internal static class PublishedNames
{
    /// <summary>The table of a published part.</summary>
    public static NameTable Table(string part) =>
        part switch
        {
            "sd15_unet" or "sd21_unet" => OriginalUNetNames.Of(UNetConfig.Parse(Config(part))),
            "sd15_controlnet" => OriginalControlNetNames.Of(ControlNetConfig.Parse(Config(part))),
            "sd_vae" => OriginalAutoencoderNames.Of(AutoencoderConfig.Parse(Config(part))),
            "clip_vit_l14_text" => OriginalTextNames.Clip(),
            _ => OriginalTextNames.OpenClip(ClipTextConfig.Parse(Config(part)).Layers),
        };

    public static string Config(string part) => File.ReadAllText(Golden.Path($"keys/{part}/config.json"));

    /// <summary>From the name in the model to the name in the original file and the share of it: (0, 1) for a whole tensor.</summary>
    public static Dictionary<string, (string Stored, int Share, int Shares)> Pairs(string part)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Golden.Path($"keys/{part}/original_names.json")));
        return document
            .RootElement.GetProperty("names")
            .EnumerateObject()
            .ToDictionary(
                pair => pair.Name,
                pair =>
                    pair.Value.ValueKind == JsonValueKind.String
                        ? (pair.Value.GetString()!, 0, 1)
                        : (
                            pair.Value.GetProperty("name").GetString()!,
                            pair.Value.GetProperty("rows").GetString() switch // "k: third 2 of dim 0"
                            {
                                ['q', ..] => 0,
                                ['k', ..] => 1,
                                _ => 2,
                            },
                            3
                        ),
                StringComparer.Ordinal
            );
    }

    /// <summary>Names and shapes of the model's weights.</summary>
    public static Dictionary<string, long[]> Shapes(string part)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Golden.Path($"keys/{part}/keys.json")));
        return document
            .RootElement.EnumerateObject()
            .ToDictionary(
                pair => pair.Name,
                pair => pair.Value.EnumerateArray().Select(size => size.GetInt64()).ToArray(),
                StringComparer.Ordinal
            );
    }
}
