using Lumen.Layouts;

namespace Lumen.Training;

/// <summary>How a recipe's layouts are made.</summary>
public sealed record RecipeLayout
{
    /// <summary>
    /// Decoder block whose output is taken, or several joined with <c>+</c>; of a vision transformer the number of a layer. Null for
    /// <c>up_blocks[2]</c>, or the family's usual layer.
    /// </summary>
    public string? Layer { get; init; }

    /// <summary>
    /// <c>key</c>, <c>query</c> or <c>value</c> of self-attention instead of the output; null for the output, or the family's usual facet.
    /// </summary>
    public string? Facet { get; init; }

    /// <summary>
    /// Side in pixels of the pictures that a vision transformer sees, a multiple of its patch; null for what it was trained on. The U-Net
    /// sees the training pictures as they are.
    /// </summary>
    public int? Resolution { get; init; }

    /// <summary>Timestep at which noise is added, 0...999.</summary>
    public int Timestep { get; init; } = 100;

    /// <summary>Components N.</summary>
    public int Components { get; init; } = 20;

    /// <summary>What is taken out of each picture's features before the projection.</summary>
    public FeatureNormalisation Normalisation { get; init; } = FeatureNormalisation.Standardise;

    /// <summary>
    /// Whether every component is divided by its own standard deviation; see <see cref="BasisOptions.Whiten"/>. With an
    /// <see cref="AppearancePenalty"/> the leading components need not vary most, and without this the first one may drown the others.
    /// </summary>
    public bool Whiten { get; init; }

    /// <summary>Cells at each side that the fit leaves out; see <see cref="BasisOptions.BorderCells"/>.</summary>
    public int BorderCells { get; init; }

    /// <summary>
    /// Limit of a cell's feature norm as a multiple of the picture's median norm, or null; see <see cref="BasisOptions.MaxNormRatio"/>.
    /// </summary>
    public double? MaxNormRatio { get; init; }

    /// <summary>Whether the mean at each cell is taken out; see <see cref="BasisOptions.SubtractPositionMean"/>.</summary>
    public bool SubtractPositionMean { get; init; }

    /// <summary>
    /// How much variance that another look causes counts against a component; see <see cref="BasisOptions.AppearancePenalty"/>. Another
    /// look is other colours and light, or with <see cref="Pairs"/> that of the variants.
    /// </summary>
    public double AppearancePenalty { get; init; }

    /// <summary>Seed of a random rotation of the components, or null for none; see <see cref="BasisOptions.RotationSeed"/>.</summary>
    public ulong? RotationSeed { get; init; }

    /// <summary>Training pictures the basis is fitted to.</summary>
    public int FitPictures { get; init; } = 2000;

    /// <summary>
    /// Fraction 0...1 of the training samples whose layout is read from a picture of changed colours; costs an encoding and a pass to the
    /// features each.
    /// </summary>
    public double Photometric { get; init; }

    /// <summary>
    /// Variants of the training pictures in other looks; null for none. What they take out of a layout, <see cref="Photometric"/> need not:
    /// it counts for the samples whose layout is not read from a variant.
    /// </summary>
    public RecipePairs? Pairs { get; init; }

    /// <summary>Fraction 0...1 of the training samples that keep all components; 1 trains an adapter for N components alone.</summary>
    public double FullLayouts { get; init; } = 0.5;

    /// <summary>How the basis is fitted.</summary>
    /// <exception cref="LumenException">An entry is out of range.</exception>
    public BasisOptions ToBasisOptions()
    {
        var options = new BasisOptions
        {
            Components = Components,
            Normalisation = Normalisation,
            Whiten = Whiten,
            BorderCells = BorderCells,
            MaxNormRatio = MaxNormRatio,
            SubtractPositionMean = SubtractPositionMean,
            AppearancePenalty = AppearancePenalty,
            RotationSeed = RotationSeed,
        };
        options.Validate();
        return options;
    }
}
