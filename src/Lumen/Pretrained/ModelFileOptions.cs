namespace Lumen.Pretrained;

/// <summary>How a model is opened: what it may name, and what a single-file checkpoint does not hold and its owner may give.</summary>
public sealed record ModelFileOptions
{
    /// <summary>The samplers, backbones and conditions that the model and its adapters may name.</summary>
    public LumenRegistry Registry { get; init; } = LumenRegistry.BuiltIn;

    /// <summary>
    /// Folder with <c>vocab.json</c> and <c>merges.txt</c>, or a model folder with <c>tokenizer</c> in it; null: beside the file.
    /// </summary>
    public string? Tokenizer { get; init; }

    /// <summary>Asked for a tokenizer folder when there is none otherwise, such as one in the hub's cache.</summary>
    public Func<string?> FallbackTokenizer { get; init; } = () => null;

    /// <summary>A diffusers folder whose configurations describe the file; null: they are read off its shapes.</summary>
    public string? Config { get; init; }

    /// <summary>
    /// What the denoiser predicts: <c>epsilon</c>, <c>v_prediction</c> or <c>sample</c>; null: what the file says, or else what is usual
    /// for its kind.
    /// </summary>
    public string? PredictionType { get; init; }
}
