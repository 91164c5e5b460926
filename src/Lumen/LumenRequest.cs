using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;

namespace Lumen;

/// <summary>
/// What is to be generated. A layout, a condition image and a reference exclude each other; without any of them the prompt decides all.
/// </summary>
/// <param name="Prompt">Appearance in words; brackets are emphasis, as in <c>(fog:1.4)</c>.</param>
public sealed record LumenRequest(string Prompt)
{
    /// <summary>
    /// The layout that pictures take their composition from: of <see cref="LumenPipeline.ExtractLayoutAsync(Picture, CancellationToken)"/>,
    /// of <see cref="NeuralLayout.Load"/>, or an edit of one. It is copied, and stays the caller's.
    /// </summary>
    public NeuralLayout? Layout { get; init; }

    /// <summary>
    /// What a ControlNet reads, drawn: edges, depth, poses. Brought to the results' size. Of a label map, ids as grey values.
    /// </summary>
    public Picture? ConditionImage { get; init; }

    /// <summary>
    /// A picture that the layout is read from, or the condition drawn from, whichever the adapter takes; of any size, and results take its
    /// proportions.
    /// </summary>
    public Picture? Reference { get; init; }

    /// <summary>
    /// A picture to begin from instead of noise alone (img2img), brought to the results' size; how much of it stays is
    /// <see cref="GenerationOptions.Strength"/>.
    /// </summary>
    public Picture? Initial { get; init; }
}
