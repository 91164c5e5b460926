namespace Lumen.Tests.Pretrained;

/// <summary>Single-file checkpoints in the published sizes: two gigabytes of zeros that take no room on the disk.</summary>
internal static class FullSize
{
    /// <summary>Writes U-Net, autoencoder and text encoder under their original names.</summary>
    public static string Write(string path, string unet, string text, Dictionary<string, string>? metadata = null) =>
        EmptyWeights.Write(path, new[] { unet, "sd_vae", text }.SelectMany(Tensors), metadata);

    /// <summary>The original names and shapes of one published part.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Tensors(string part)
    {
        var shapes = PublishedNames.Shapes(part);
        var table = PublishedNames.Table(part);
        foreach (var stored in PublishedNames.Pairs(part).GroupBy(pair => pair.Value.Stored, StringComparer.Ordinal))
        {
            var (model, share) = (stored.First().Key, stored.First().Value);
            var shape = shapes[model].ToArray();
            shape[0] *= share.Shares;
            yield return (stored.Key, table.Flattens(model) && shape.Length == 2 ? [.. shape, 1, 1] : shape);
        }
        if (part == "sd21_openclip_h_text")
            yield return ("cond_stage_model.model.transformer.resblocks.23.ln_1.weight", [1024]); // the layer that is not used
    }
}
