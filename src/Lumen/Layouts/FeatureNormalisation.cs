namespace Lumen.Layouts;

/// <summary>
/// What is done to each picture's features, per channel, before the basis is fitted and before anything is projected
/// (docs/decisions/0002-layouts-are-standardised.md).
/// </summary>
public enum FeatureNormalisation
{
    /// <summary>Nothing: plain PCA. The leading components then tend to be appearance (time of day, weather).</summary>
    None,

    /// <summary>The picture's mean is subtracted.</summary>
    Centre,

    /// <summary>
    /// The picture's mean is subtracted and the result divided by (standard deviation + 1e-5), the standard deviation being the biased one
    /// (n, not n - 1).
    /// </summary>
    Standardise,
}
