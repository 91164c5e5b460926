namespace Lumen.Augmentation;

/// <summary>The pictures of one domain and style.</summary>
/// <param name="Domain">Name of the domain.</param>
/// <param name="Style">Name of the style; may be empty.</param>
/// <param name="Accepted">New pictures.</param>
/// <param name="Rejected">Pictures that never reached the agreement asked for.</param>
/// <param name="Retried">Pictures that needed, or used up, further attempts.</param>
/// <param name="Agreement">Mean agreement with the sources' layouts.</param>
/// <param name="LowestAgreement">The lowest one.</param>
public sealed record AugmentationRow(
    string Domain,
    string Style,
    long Accepted,
    long Rejected,
    long Retried,
    double Agreement,
    double LowestAgreement
)
{
    /// <summary>Domain and style in one word.</summary>
    public string Name => Style.Length > 0 ? $"{Domain} x {Style}" : Domain;
}
