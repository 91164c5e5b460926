using Lumen.Imaging;

namespace Lumen.Research.Evaluation;

/// <summary>One row of the contact sheet.</summary>
/// <param name="Reference">The held-out picture.</param>
/// <param name="Layout">Its neural layout, components 1 to 3 as RGB.</param>
/// <param name="Result">What was generated.</param>
/// <param name="Prompt">From this prompt.</param>
public sealed record QuickSample(Picture Reference, Picture Layout, Picture Result, string Prompt);
