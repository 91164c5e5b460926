namespace Lumen.Training;

/// <summary>
/// Self-paired training: variants of the training pictures in other looks, which an earlier adapter made of them (<c>lumen augment</c>),
/// say what a layout should not hold. No labels are needed. What changes within a pair counts against a direction of the basis
/// (<see cref="RecipeLayout.AppearancePenalty"/>), and for some of the samples the layout is read from the variant while picture and
/// caption stay the original's.
/// </summary>
public sealed record RecipePairs
{
    /// <summary>
    /// The augmented data set: what <c>lumen augment --output</c> wrote when it was given the training pictures. A recipe may leave it to
    /// <c>--pairs</c>.
    /// </summary>
    public string Folder { get; init; } = "";

    /// <summary>
    /// Fraction 0...1 of the training samples whose layout is read from a variant of the picture, where it has one; with 0 the pairs count
    /// in the basis alone.
    /// </summary>
    public double Share { get; init; } = 0.3;

    /// <summary>
    /// Variants whose agreement with the layout of their source, -1...1, is lower are not used. The usual value is that of <c>lumen augment
    /// --min-agreement</c>, so that all count that were accepted there.
    /// </summary>
    public double MinAgreement { get; init; } = 0.7;

    /// <summary>Refuses impossible settings, all of them in one message.</summary>
    /// <param name="penalty">The appearance penalty of the basis.</param>
    /// <exception cref="LumenException">A setting is out of range, or together they say nothing.</exception>
    internal void Validate(double penalty)
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(Folder))
            faults.Add("folder must name an augmented data set (or `Pairs` must) but is empty.");
        if (Share is not (>= 0 and <= 1))
            faults.Add($"share must be a fraction from 0 to 1 but is {Share}.");
        if (MinAgreement is not (>= -1 and <= 1))
            faults.Add($"min_agreement must be -1 to 1 but is {MinAgreement}.");
        if (Share == 0 && penalty == 0)
            faults.Add(
                "with a share of 0 and without an appearance_penalty they change nothing: raise one of them, or leave the pairs out."
            );
        if (faults.Count > 0)
            throw new LumenException(LumenErrorKind.Option, $"The pairs of the recipe's layout cannot be used: {string.Join(" ", faults)}");
    }
}
