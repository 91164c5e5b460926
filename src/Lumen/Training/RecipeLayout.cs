using Lumen.Layouts;

namespace Lumen.Training;

/// <summary>How a recipe's layouts are made.</summary>
public sealed record RecipeLayout
{
    /// <summary>Decoder block whose output is taken.</summary>
    public string Layer { get; init; } = "up_blocks[2]";

    /// <summary>Timestep at which noise is added, 0...999.</summary>
    public int Timestep { get; init; } = 100;

    /// <summary>Components N.</summary>
    public int Components { get; init; } = 20;

    /// <summary>What is taken out of each picture's features before the projection.</summary>
    public FeatureNormalisation Normalisation { get; init; } = FeatureNormalisation.Standardise;

    /// <summary>Training pictures the basis is fitted to.</summary>
    public int FitPictures { get; init; } = 2000;

    /// <summary>Fraction 0...1 of the training samples whose layout is read from a picture of changed colours; costs an encoding and a pass to the features each.</summary>
    public double Photometric { get; init; }
}
