using Lumen.Training.Data;

namespace Lumen.Training.Backbones;

/// <summary>
/// The views of a picture that a backbone is trained on: large ones, which show much of it, and small ones (Caron et al. 2020). CLIP has
/// one large view, in its own colours.
/// </summary>
public sealed record RecipeViews
{
    /// <summary>Side of the large views in pixels, a multiple of the patch.</summary>
    public int GlobalSize { get; init; } = 96;

    /// <summary>Smallest and largest share of the picture's area in a large view.</summary>
    public IReadOnlyList<double> GlobalScale { get; init; } = [0.4, 1];

    /// <summary>Side of the small views in pixels, a multiple of the patch.</summary>
    public int LocalSize { get; init; } = 48;

    /// <summary>Smallest and largest share of the picture's area in a small view.</summary>
    public IReadOnlyList<double> LocalScale { get; init; } = [0.1, 0.4];

    /// <summary>Small views of each picture; there are two large ones.</summary>
    public int LocalCrops { get; init; } = 4;

    /// <summary>How colours change (dino, dinov2).</summary>
    public ColourAugmentation Colours { get; init; } = new();

    /// <summary>The large views.</summary>
    internal RandomCrops Global =>
        new()
        {
            Size = GlobalSize,
            Least = GlobalScale[0],
            Most = GlobalScale[1],
        };

    /// <summary>The small views.</summary>
    internal RandomCrops Local =>
        new()
        {
            Size = LocalSize,
            Least = LocalScale[0],
            Most = LocalScale[1],
        };

    /// <summary>What cannot be used, a sentence each.</summary>
    internal IEnumerable<string> Faults(int patch, bool oneView)
    {
        if (!Fits(GlobalSize))
            yield return $"global_size must be a multiple of patch_size, {patch}, but is {GlobalSize}.";
        if (!IsRange(GlobalScale))
            yield return Range("global_scale", GlobalScale);
        if (oneView)
            yield break;
        if (LocalCrops is < 0 or > 64)
            yield return $"local_crops must be 0 to 64 but is {LocalCrops}.";
        if (!Fits(LocalSize))
            yield return $"local_size must be a multiple of patch_size, {patch}, but is {LocalSize}.";
        if (!IsRange(LocalScale))
            yield return Range("local_scale", LocalScale);
        foreach (var (name, value) in Colours.Chances)
        {
            if (value is not (>= 0 and <= 1))
                yield return $"{name} must be a chance from 0 to 1 but is {value}.";
        }

        bool Fits(int size) => size > 0 && (patch < 1 || size % patch == 0);

        static bool IsRange(IReadOnlyList<double> shares) => shares is [> 0, <= 1] && shares[0] <= shares[1];

        static string Range(string name, IReadOnlyList<double> shares) =>
            $"{name} must be the smallest and the largest share of the area, [0.4, 1], but is [{string.Join(", ", shares)}].";
    }
}
