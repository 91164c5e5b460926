namespace Lumen.Scenes;

/// <summary>A tree. Lengths in metres.</summary>
/// <param name="X">Trunk in X.</param>
/// <param name="Z">Trunk in Z.</param>
/// <param name="Trunk">Height of the visible trunk.</param>
/// <param name="Radius">Horizontal radius of the crown.</param>
/// <param name="Shape">Habit.</param>
/// <param name="Variety">A number that varies the arrangement of the crown, 0...1.</param>
public readonly record struct Tree(float X, float Z, float Trunk, float Radius, TreeShape Shape, float Variety)
{
    /// <summary>Height of the crown in metres.</summary>
    public float CrownHeight =>
        Radius
        * Shape switch
        {
            TreeShape.Round => 1.7f,
            TreeShape.Slim => 4f,
            _ => 3.4f,
        };
}

/// <summary>Habit of a tree.</summary>
public enum TreeShape
{
    /// <summary>A broad round crown on a visible trunk.</summary>
    Round,

    /// <summary>A slim tall crown.</summary>
    Slim,

    /// <summary>A conifer: tiers that narrow upwards.</summary>
    Conifer,
}
