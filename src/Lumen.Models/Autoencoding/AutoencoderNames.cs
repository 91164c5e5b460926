namespace Lumen.Models.Autoencoding;

/// <summary>
/// Two names for the attention of the autoencoder's middle: Stable Diffusion's published files have the older one (<c>query</c>,
/// <c>key</c>, <c>value</c>,
/// <c>proj_attn</c>), files saved since diffusers 0.18 the one used here.
/// </summary>
public static class AutoencoderNames
{
    private static readonly IReadOnlyDictionary<string, string> Current = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["query"] = "to_q",
        ["key"] = "to_k",
        ["value"] = "to_v",
        ["proj_attn"] = "to_out.0",
    };

    /// <summary>The current name of a tensor stored under either.</summary>
    public static string ToCurrent(string name)
    {
        if (name.Split('.') is not [.. var path, var layer, var tensor] || !path.Contains("attentions", StringComparer.Ordinal))
            return name;
        return Current.TryGetValue(layer, out var current) ? $"{string.Join('.', path)}.{current}.{tensor}" : name;
    }

    /// <summary>
    /// Whether a stored shape may be read as the model's: converted original checkpoints keep the attention's matrices as 1x1 convolutions
    /// [C, C, 1, 1].
    /// </summary>
    public static bool MayReshape(string name, IReadOnlyList<long> stored) =>
        name.Contains(".attentions.", StringComparison.Ordinal) && stored is [_, _, 1, 1];
}
