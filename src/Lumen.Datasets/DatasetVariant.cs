namespace Lumen.Datasets;

/// <summary>
/// A picture that was generated for an item, with copies of its label files. Names are below the augmented data set's folder, with slashes.
/// </summary>
/// <param name="Source">The item's picture.</param>
/// <param name="Number">0, 1, ...</param>
/// <param name="Picture">The new picture.</param>
/// <param name="Prompt">What it shows, in words.</param>
public sealed record DatasetVariant(string Source, int Number, string Picture, string Prompt);
