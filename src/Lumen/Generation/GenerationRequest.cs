using Lumen.Imaging;
using Lumen.Layouts;

namespace Lumen.Generation;

/// <summary>What to generate.</summary>
/// <param name="Prompt">Appearance in words.</param>
/// <param name="Layout">Composition, or null for none.</param>
/// <param name="Width">Width of the results in pixels.</param>
/// <param name="Height">Height of the results in pixels.</param>
public sealed record GenerationRequest(string Prompt, NeuralLayout? Layout, int Width, int Height)
{
    /// <summary>A request of the size of a layout's picture.</summary>
    public static GenerationRequest For(ExtractedLayout reference, string prompt) =>
        new(prompt, reference.Layout, reference.Picture.Width, reference.Picture.Height)
        {
            PaddedWidth = reference.Padded.Picture.Width,
            PaddedHeight = reference.Padded.Picture.Height,
        };

    /// <summary>Width including the padding that the layout covers.</summary>
    public int PaddedWidth { get; init; } = Width;

    /// <summary>Height including the padding that the layout covers.</summary>
    public int PaddedHeight { get; init; } = Height;

    /// <summary>What an ordinary ControlNet is steered by, of the results' size; not together with a layout.</summary>
    public Picture? ConditionImage { get; init; }

    /// <summary>
    /// A picture to begin from, brought to this size, instead of noise alone; how much of it stays is
    /// <see cref="GenerationOptions.Strength"/>.
    /// </summary>
    public Picture? Initial { get; init; }

    /// <summary>Seed of this request's noise; null takes that of the options.</summary>
    public ulong? Seed { get; init; }

    /// <summary>What these pictures must not look like; null takes that of the options.</summary>
    public string? NegativePrompt { get; init; }

    /// <summary>Number of the first picture's noise stream.</summary>
    public long FirstItem { get; init; }
}
