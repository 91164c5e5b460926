using Lumen.Layouts;

namespace Lumen.Training;

/// <summary>How a recipe's layouts are made.</summary>
public sealed record RecipeLayout
{
    /// <summary>Decoder block whose output is taken, or several joined with <c>+</c>.</summary>
    public string Layer { get; init; } = "up_blocks[2]";

    /// <summary><c>key</c>, <c>query</c> or <c>value</c> of the block's self-attention instead of its output; null for the output.</summary>
    public string? Facet { get; init; }

    /// <summary>Timestep at which noise is added, 0...999.</summary>
    public int Timestep { get; init; } = 100;

    /// <summary>Components N.</summary>
    public int Components { get; init; } = 20;

    /// <summary>What is taken out of each picture's features before the projection.</summary>
    public FeatureNormalisation Normalisation { get; init; } = FeatureNormalisation.Standardise;

    /// <summary>Cells at each side that the fit leaves out; see <see cref="BasisOptions.BorderCells"/>.</summary>
    public int BorderCells { get; init; }

    /// <summary>Limit of a cell's feature norm as a multiple of the picture's median norm, or null; see <see cref="BasisOptions.MaxNormRatio"/>.</summary>
    public double? MaxNormRatio { get; init; }

    /// <summary>Whether the mean at each cell is taken out; see <see cref="BasisOptions.SubtractPositionMean"/>.</summary>
    public bool SubtractPositionMean { get; init; }

    /// <summary>Training pictures the basis is fitted to.</summary>
    public int FitPictures { get; init; } = 2000;

    /// <summary>Fraction 0...1 of the training samples whose layout is read from a picture of changed colours; costs an encoding and a pass to the features each.</summary>
    public double Photometric { get; init; }

    /// <summary>How the basis is fitted.</summary>
    /// <exception cref="Core.LumenException">An entry is out of range.</exception>
    public BasisOptions ToBasisOptions()
    {
        var options = new BasisOptions
        {
            Components = Components,
            Normalisation = Normalisation,
            BorderCells = BorderCells,
            MaxNormRatio = MaxNormRatio,
            SubtractPositionMean = SubtractPositionMean,
        };
        options.Validate();
        return options;
    }
}
