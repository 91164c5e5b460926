namespace Lumen.Training.Backbones;

/// <summary>Sizes of a vision transformer under the names of transformers' configurations.</summary>
public sealed record RecipeNetwork
{
    /// <summary>D, width of the tokens.</summary>
    public int HiddenSize { get; init; } = 192;

    /// <summary>Blocks.</summary>
    public int NumHiddenLayers { get; init; } = 6;

    /// <summary>Attention heads; divides <see cref="HiddenSize"/>.</summary>
    public int NumAttentionHeads { get; init; } = 3;

    /// <summary>Width inside the feed-forward layers.</summary>
    public int IntermediateSize { get; init; } = 768;

    /// <summary>Side of a patch in pixels; divides the pictures' side.</summary>
    public int PatchSize { get; init; } = 8;

    /// <summary>Register tokens (dinov2).</summary>
    public int NumRegisterTokens { get; init; }

    /// <summary>What the factors of each branch begin with (dinov2).</summary>
    public double LayerscaleValue { get; init; } = 1;

    /// <summary>Width of the joint space of pictures and texts (clip).</summary>
    public int ProjectionDim { get; init; } = 128;

    /// <summary>What cannot be used, a sentence each.</summary>
    internal IEnumerable<string> Faults(int resolution)
    {
        (string, int)[] sizes =
        [
            ("hidden_size", HiddenSize),
            ("num_hidden_layers", NumHiddenLayers),
            ("num_attention_heads", NumAttentionHeads),
            ("intermediate_size", IntermediateSize),
            ("patch_size", PatchSize),
            ("projection_dim", ProjectionDim),
        ];
        var small = sizes.Where(size => size.Item2 < 1).ToArray();
        foreach (var (name, value) in small)
            yield return $"{name} must be 1 or more but is {value}.";
        if (NumRegisterTokens is < 0 or >= 1000)
            yield return $"num_register_tokens must be 0 to 999 but is {NumRegisterTokens}.";
        if (!(double.IsFinite(LayerscaleValue) && LayerscaleValue > 0))
            yield return $"layerscale_value must be positive but is {LayerscaleValue}.";
        if (small.Length > 0)
            yield break;
        if (HiddenSize % NumAttentionHeads != 0)
            yield return $"hidden_size must be divisible by num_attention_heads, {NumAttentionHeads}, but is {HiddenSize}.";
        if (resolution % PatchSize != 0)
            yield return $"The resolution of the data must be a multiple of patch_size, {PatchSize}, but is {resolution}.";
    }
}
