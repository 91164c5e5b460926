namespace Lumen.Augmentation;

/// <summary>A model that took part.</summary>
/// <param name="Name">Name of its folder.</param>
/// <param name="WeightsSha256">SHA-256 of its weights.</param>
public sealed record ManifestWeights(string Name, string WeightsSha256);
