namespace Lumen.Augmentation;

/// <summary>
/// How a picture of another size than the model's is brought to it. Labels are never resampled: results come back to the source's size the
/// same way.
/// </summary>
public enum PictureFit
{
    /// <summary>Scaled with its proportions, then padded to whole cells; the padding is cut off again.</summary>
    Pad,

    /// <summary>
    /// Both sides are scaled to whole cells, each on its own: proportions change by less than half a cell, and nothing is padded.
    /// </summary>
    Resize,

    /// <summary>
    /// Covered by overlapping tiles of the model's size, at the picture's own scale: for pictures much larger than the model. Costs as many
    /// passes as there are tiles.
    /// </summary>
    Tile,
}
