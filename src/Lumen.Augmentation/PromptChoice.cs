namespace Lumen.Augmentation;

/// <summary>The prompt of one new picture.</summary>
/// <param name="Domain">Name of the domain; empty where there are none.</param>
/// <param name="Style">Name of the style; empty where there are none.</param>
/// <param name="Prompt">The whole prompt.</param>
/// <param name="Negative">The whole negative prompt.</param>
public sealed record PromptChoice(string Domain, string Style, string Prompt, string Negative);
