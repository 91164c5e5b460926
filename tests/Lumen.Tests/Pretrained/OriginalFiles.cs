using Lumen.Core.Checkpoints;
using Lumen.Models.Autoencoding;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Text;
using Lumen.Testing;
using static TorchSharp.torch;

namespace Lumen.Tests.Pretrained;

/// <summary>Writes checkpoints as the original programs did, from diffusers folders: the way back of what Lumen reads.</summary>
internal static class OriginalFiles
{
    /// <summary>A single file with U-Net, autoencoder and text encoder, and the odds and ends that published ones hold.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folder">A diffusers folder.</param>
    /// <param name="openClip">True for fused projections and a layer more, as SD 2.x has them.</param>
    public static void WritePipeline(string path, string folder, bool openClip = false)
    {
        using var scope = NewDisposeScope();
        var text = ClipTextConfig.Parse(Config(folder, "text_encoder"));
        var weights = new Dictionary<string, Tensor>(StringComparer.Ordinal)
        {
            ["alphas_cumprod"] = linspace(1, 0, 10),
            ["model_ema.decay"] = tensor(0.9999f),
        };
        Add(weights, OriginalUNetNames.Of(UNetConfig.Parse(Config(folder, "unet"))), Path.Combine(folder, "unet"));
        Add(weights, OriginalAutoencoderNames.Of(AutoencoderConfig.Parse(Config(folder, "vae"))), Path.Combine(folder, "vae"));
        Add(weights, openClip ? OriginalTextNames.OpenClip(text.Layers) : OriginalTextNames.Clip(), Path.Combine(folder, "text_encoder"));
        if (openClip)
        {
            weights[OriginalTextNames.OpenClipPrefix + "text_projection"] = zeros(text.HiddenSize, text.HiddenSize);
            weights[OriginalTextNames.OpenClipPrefix + "logit_scale"] = tensor(4.6f);
            foreach (var (name, weight) in weights.Where(pair => pair.Key.Contains("resblocks.0.", StringComparison.Ordinal)).ToList())
                // the last layer, which is not used
                weights[name.Replace("resblocks.0.", $"resblocks.{text.Layers}.", StringComparison.Ordinal)] = weight + 1;
        }
        else
        {
            weights[OriginalTextNames.ClipPrefix + "text_model.embeddings.position_ids"] = arange(77).unsqueeze(0);
        }
        SafetensorsWriter.Write(path, weights);
    }

    /// <summary>A ControlNet under the original names.</summary>
    public static void WriteControlNet(string path, string folder, string prefix = OriginalControlNetNames.Prefix)
    {
        using var scope = NewDisposeScope();
        var weights = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        Add(
            weights,
            OriginalControlNetNames.Of(ControlNetConfig.Parse(File.ReadAllText(Path.Combine(folder, "config.json"))), prefix),
            folder
        );
        SafetensorsWriter.Write(path, weights);
    }

    /// <summary>All tensors of a checkpoint.</summary>
    public static Dictionary<string, Tensor> Read(string path)
    {
        using var file = Checkpoint.Open(path);
        return file.Entries.Keys.ToDictionary(name => name, name => file.Read(name), StringComparer.Ordinal);
    }

    /// <summary>A copy of a diffusers folder of the goldens whose files may be changed.</summary>
    public static string Copy(string source, string target)
    {
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
        return target;
    }

    private static string Config(string folder, string part) => File.ReadAllText(Path.Combine(folder, part, "config.json"));

    private static void Add(Dictionary<string, Tensor> weights, NameTable names, string folder)
    {
        foreach (
            var group in Read(folder)
                .Where(pair => !ClipTextModel.IsConstant(pair.Key))
                .GroupBy(pair => names.ToStored(AutoencoderNames.ToCurrent(pair.Key))!.Stored, StringComparer.Ordinal)
        )
        {
            var parts = group
                .Select(pair => (Rule: names.ToStored(AutoencoderNames.ToCurrent(pair.Key))!, pair.Value))
                .OrderBy(part => part.Rule.Share)
                .ToArray();
            var whole = parts.Length > 1 ? cat([.. parts.Select(part => part.Value)]) : parts[0].Value;
            weights[group.Key] = names.Flattens(parts[0].Rule.Model) && whole.dim() == 2 ? whole.unsqueeze(-1).unsqueeze(-1) : whole;
        }
    }
}
