namespace Lumen.Scenes;

/// <summary>The colour family all buildings of a scene share; single buildings differ in tone only.</summary>
public enum BuildingPalette
{
    /// <summary>Red brick with visible courses.</summary>
    RedBrick,

    /// <summary>Yellow to sand-coloured plaster.</summary>
    Yellow,

    /// <summary>Grey concrete.</summary>
    Grey,

    /// <summary>Blue plaster.</summary>
    Blue,

    /// <summary>White plaster.</summary>
    White,

    /// <summary>Green plaster.</summary>
    Green,
}
