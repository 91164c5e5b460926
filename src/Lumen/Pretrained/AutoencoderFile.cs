using Lumen.Core.Checkpoints;
using Lumen.Models.Autoencoding;

namespace Lumen.Pretrained;

/// <summary>An autoencoder under the original names, alone in its file or as part of a larger one.</summary>
internal static class AutoencoderFile
{
    /// <summary>The same weights under diffusers' names.</summary>
    public static Checkpoint Renamed(Checkpoint file, out AutoencoderConfig config)
    {
        var prefix = file.Entries.Keys.Any(name => name.StartsWith(OriginalAutoencoderNames.Prefix, StringComparison.Ordinal))
            ? OriginalAutoencoderNames.Prefix
            : "";
        config = PipelineFile.InferAutoencoder(file, prefix);
        return OriginalAutoencoderNames.Of(config, prefix).View(file, file.Description);
    }
}
