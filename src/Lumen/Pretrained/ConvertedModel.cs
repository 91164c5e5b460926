namespace Lumen.Pretrained;

/// <summary>The result of a conversion.</summary>
/// <param name="Files">Files written, relative to the folder.</param>
/// <param name="Notes">What the owner should know, a sentence each.</param>
public sealed record ConvertedModel(IReadOnlyList<string> Files, IReadOnlyList<string> Notes);
