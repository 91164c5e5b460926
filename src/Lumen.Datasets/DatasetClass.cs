namespace Lumen.Datasets;

/// <summary>A class of a data set.</summary>
/// <param name="Id">Value in the label files.</param>
/// <param name="Name">Its name.</param>
/// <param name="Colour">Colour for drawing, or null.</param>
public sealed record DatasetClass(int Id, string Name, (byte Red, byte Green, byte Blue)? Colour = null);
