namespace Lumen.Augmentation;

/// <summary>One attempt at a new picture: everything its bytes hang on.</summary>
/// <param name="Source">The source with its layout.</param>
/// <param name="Prompt">The whole prompt.</param>
/// <param name="Negative">The whole negative prompt.</param>
/// <param name="Number">Which attempt it is, from 0.</param>
/// <param name="Seed">Seed of its noise.</param>
/// <param name="Strength">Strength of the layout.</param>
public sealed record VariantAttempt(SourcePicture Source, string Prompt, string Negative, int Number, ulong Seed, double Strength);
