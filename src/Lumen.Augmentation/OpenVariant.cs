using Lumen.Datasets;

namespace Lumen.Augmentation;

/// <summary>A new picture that is still to be made.</summary>
/// <param name="Item">Its source's item.</param>
/// <param name="Source">The source, shared by all its pictures.</param>
/// <param name="Variant">Number of the new picture.</param>
/// <param name="Prompt">What it is to look like.</param>
/// <param name="Attempt">The next attempt, from 0.</param>
/// <param name="Best">The best attempt so far, or null before the first.</param>
internal sealed record OpenVariant(
    DatasetItem Item,
    OpenedSource Source,
    int Variant,
    PromptChoice Prompt,
    int Attempt = 0,
    MadePicture? Best = null
);
