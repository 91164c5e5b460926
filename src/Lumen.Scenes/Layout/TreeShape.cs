namespace Lumen.Scenes;

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
