using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>What became of one new picture.</summary>
/// <param name="Source">Name of the picture it was to be made from.</param>
/// <param name="Variant">Its number.</param>
public sealed record AugmentationResult(string Source, int Variant)
{
    /// <summary>The line of the manifest; null where nothing could be made.</summary>
    public ManifestEntry? Entry { get; init; }

    /// <summary>Why nothing could be made; null otherwise.</summary>
    public string? Failure { get; init; }

    /// <summary>The source.</summary>
    public Picture? Original { get; init; }

    /// <summary>The new picture, also where it was rejected.</summary>
    public Picture? Picture { get; init; }

    /// <summary>Agreement of each cell, as a grey picture of the same size: white is full agreement.</summary>
    public Picture? Confidence { get; init; }

    /// <summary>What the model's text encoder did not read of the prompt, because it was too long; null where nothing was cut.</summary>
    public string? PromptCut { get; init; }

    /// <summary>Whether there is a new picture.</summary>
    public bool IsAccepted => Entry?.Item is not null;
}
