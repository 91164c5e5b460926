using Lumen.Core.Checkpoints;

namespace Lumen.Pretrained;

/// <summary>Which configuration belongs to the weights of a vision backbone.</summary>
internal static class BackboneConfig
{
    private const string Plain = "config.json",
        OpenClip = "open_clip_config.json";
    private static readonly string[] Types =
    [
        "clip",
        "clip_vision_model",
        "siglip",
        "siglip_vision_model",
        "vit",
        "vit_mae",
        "dinov2",
        "dinov2_with_registers",
    ];

    /// <summary>
    /// The text of the configuration beside weights: OpenCLIP's for OpenCLIP's file, otherwise transformers', otherwise whichever is there;
    /// null where there is none.
    /// </summary>
    /// <param name="path">The folder, or the file of the weights.</param>
    /// <param name="weights">Name of the file that was opened.</param>
    /// <exception cref="LumenException">It cannot be read.</exception>
    public static string? TextFor(string path, string weights)
    {
        var isFolder = Directory.Exists(path);
        var folder = isFolder ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var isOpenClip = Path.GetFileName(weights).StartsWith("open_clip", StringComparison.Ordinal);
        foreach (var name in isOpenClip ? (string[])[OpenClip, Plain] : [Plain, OpenClip])
        {
            var config = Path.Combine(folder, name);
            // What lies beside a single file may be another part's.
            if (File.Exists(config) && ConfigJson.TextOf(config) is var text && (isFolder || name == OpenClip || IsBackbones(text)))
                return text;
        }
        return null;
    }

    private static bool IsBackbones(string text) =>
        ConfigJson.Parse(text, Plain, fields => fields.Has("vision_config") || Types.Contains(fields.OptionalText("model_type")));
}
