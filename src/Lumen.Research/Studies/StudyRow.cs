namespace Lumen.Research.Studies;

/// <summary>What was measured of one picture, or of one reference: plain numbers under plain names.</summary>
/// <param name="Condition">What led the picture.</param>
/// <param name="Reference">Number of the reference.</param>
/// <param name="Seed">Seed of the noise, from 1; 0 for figures of a reference over all its seeds.</param>
/// <param name="Values">Figures by name; a single number, or several that are pooled later (counts, sums, features). A figure that does not
/// exist for a picture is absent.</param>
public sealed record StudyRow(string Condition, int Reference, int Seed, IReadOnlyDictionary<string, double[]> Values)
{
    /// <summary>Whether the figure was measured.</summary>
    public bool Has(string name) => Values.ContainsKey(name);

    /// <summary>A single number.</summary>
    public double this[string name] => Values[name][0];
}
