namespace Lumen.Pretrained;

/// <summary>How far a conversion is.</summary>
/// <param name="Part">The part at work.</param>
/// <param name="Done">Bytes of the part that have been read.</param>
/// <param name="Total">Bytes of the part.</param>
public sealed record ConversionProgress(string Part, long Done, long Total);
