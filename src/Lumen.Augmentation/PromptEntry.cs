namespace Lumen.Augmentation;

/// <summary>A domain (night, fog) or a style (photo, film) of a prompt matrix.</summary>
/// <param name="Name">What it is called in manifests and reports. Its share of the pictures hangs on the name, not on its place in the
/// file.</param>
/// <param name="Prompt">Its words.</param>
/// <param name="Weight">Its share of the pictures in relation to the others, above 0.</param>
/// <param name="Negative">What its pictures must not look like.</param>
public sealed record PromptEntry(string Name, string Prompt, double Weight = 1, string Negative = "");
