using Lumen.Training.Perception;

namespace Lumen.Training;

/// <summary>How a recipe's perception network is made and trained.</summary>
public sealed record RecipePerception
{
    /// <summary>Channels at a half, a quarter and an eighth of the picture's size.</summary>
    public IReadOnlyList<int> Widths { get; init; } = new PerceptionConfig().Widths;

    /// <summary>Residual blocks at the lowest level.</summary>
    public int ContextBlocks { get; init; } = new PerceptionConfig().ContextBlocks;

    /// <summary>Groups of every norm.</summary>
    public int NormNumGroups { get; init; } = new PerceptionConfig().NormNumGroups;

    /// <summary>Heads: <c>semantic</c>, <c>depth</c>, <c>normals</c>, <c>instances</c>, <c>orientation</c>.</summary>
    public IReadOnlyList<string> Heads { get; init; } = ["semantic", "depth", "normals", "instances", "orientation"];

    /// <summary>How training pictures are varied.</summary>
    public PerceptionAugmentation Augmentation { get; init; } = PerceptionAugmentation.FlipOnly;

    /// <summary>Weights of the losses.</summary>
    public PerceptionWeights Weights { get; init; } = new();

    /// <summary>The network for a set of pictures.</summary>
    /// <exception cref="LumenException">A head is not known, or the pictures have no labels for it.</exception>
    public PerceptionConfig ConfigFor(PerceptionData data)
    {
        var all = PerceptionConfig.For(data);
        foreach (var head in Heads.Where(head => !all.Heads.Contains(head)))
            throw new LumenException(
                $"There is no head \"{head}\" for these pictures; what they have labels for is {string.Join(", ", all.Heads)}."
            );
        return ConfigFor(all.Classes);
    }

    /// <summary>The network for pictures that have labels for all of its heads.</summary>
    internal PerceptionConfig ConfigFor(PerceptionClasses classes) =>
        new()
        {
            Widths = Widths,
            ContextBlocks = ContextBlocks,
            NormNumGroups = NormNumGroups,
            Classes = Heads.Contains("semantic") ? classes : PerceptionClasses.None,
            Depth = Heads.Contains("depth"),
            Normals = Heads.Contains("normals"),
            Instances = Heads.Contains("instances"),
            Orientation = Heads.Contains("orientation"),
        };
}
