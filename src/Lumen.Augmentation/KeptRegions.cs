namespace Lumen.Augmentation;

/// <summary>Regions whose original pixels are put back into the result: number plates, rare objects.</summary>
/// <param name="Classes">Names or ids of classes in the label file; may be empty.</param>
/// <param name="MaskFolder">Folder of masks that are named like the pictures (any ending), not zero where pixels are kept; null for
/// none.</param>
/// <param name="Feather">Pixels over which original and result are blended, outside the region.</param>
public sealed record KeptRegions(IReadOnlyList<string> Classes, string? MaskFolder, int Feather = 4);
