using Lumen.Models.Vision;

namespace Lumen.Training.Backbones;

/// <summary>A recipe's section <c>backbone</c>: which vision transformer is trained, and how.</summary>
public sealed record RecipeBackbone
{
    private const string Dino = "dino";
    private const string Dinov2 = "dinov2";
    private const string Clip = "clip";

    /// <summary>
    /// <c>dino</c> (self-distillation), <c>dinov2</c> (with masked patches and registers) or <c>clip</c> (pictures and texts).
    /// </summary>
    public required string Family { get; init; }

    /// <summary>Sizes of the network.</summary>
    public RecipeNetwork Network { get; init; } = new();

    /// <summary>The views of each picture.</summary>
    public RecipeViews Views { get; init; } = new();

    /// <summary>Heads, teacher and losses of the self-distillation (dino, dinov2).</summary>
    public RecipeDistillation Distillation { get; init; } = new();

    /// <summary>The families that can be trained.</summary>
    public static IReadOnlyList<string> Families { get; } = [Dino, Dinov2, Clip];

    /// <summary>Whether pictures and texts are compared, instead of views of pictures.</summary>
    internal bool IsContrastive => Family == Clip;

    /// <summary>The family's conventions.</summary>
    internal BackboneFamily Conventions => BackboneFamilies.All.Single(family => family.Name == Family);

    /// <summary>Refuses what cannot be used, all of it in one message.</summary>
    /// <param name="resolution">Side of the pictures.</param>
    /// <exception cref="LumenException">An entry is out of range or does not fit another.</exception>
    public void Validate(int resolution)
    {
        if (!Families.Contains(Family, StringComparer.Ordinal))
            throw new LumenException($"The family \"{Family}\" cannot be trained; known are {string.Join(", ", Families)}.");
        List<string> faults = [.. Network.Faults(resolution), .. Views.Faults(Network.PatchSize, IsContrastive)];
        if (!IsContrastive)
            faults.AddRange(Distillation.Faults(Family == Dinov2));
        if (Family != Dinov2 && Network.NumRegisterTokens > 0)
            faults.Add($"num_register_tokens must be 0 for {Family}, which has none, but is {Network.NumRegisterTokens}.");
        if (faults.Count > 0)
            throw new LumenException($"The recipe's backbone cannot be used: {string.Join(" ", faults)}");
    }

    /// <summary>The network's configuration in the family's conventions.</summary>
    /// <param name="resolution">Side of the pictures, which positions are made for.</param>
    public VisionTransformerConfig ToConfig(int resolution)
    {
        var family = Conventions;
        var (offset, antialias) = family.Positions(Network.NumRegisterTokens);
        return new VisionTransformerConfig
        {
            Width = Network.HiddenSize,
            Depth = Network.NumHiddenLayers,
            Heads = Network.NumAttentionHeads,
            Patch = Network.PatchSize,
            Grid = resolution / Network.PatchSize,
            Hidden = Network.IntermediateSize,
            FeedForward = family.FeedForward,
            Registers = Network.NumRegisterTokens,
            LayerScale = Family == Dinov2,
            MaskToken = Family == Dinov2,
            PreNorm = IsContrastive,
            Projection = IsContrastive ? Network.ProjectionDim : 0,
            Epsilon = family.Epsilon,
            PositionOffset = offset,
            PositionAntialias = antialias,
        };
    }
}
