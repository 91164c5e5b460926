namespace Lumen.Scenes;

/// <summary>
/// What a pixel shows. The value is the id in <see cref="StreetScene.Labels"/>; names and colours are in <see cref="SceneClasses"/>.
/// </summary>
public enum SceneClass : byte
{
    /// <summary>Sky.</summary>
    Sky = 0,

    /// <summary>Walls, windows, roofs, chimneys.</summary>
    Building = 1,

    /// <summary>Carriageway.</summary>
    Road = 2,

    /// <summary>Lines and crossings painted on the road.</summary>
    Marking = 3,

    /// <summary>Pavement.</summary>
    Pavement = 4,

    /// <summary>Grass.</summary>
    Grass = 5,

    /// <summary>Cars.</summary>
    Car = 6,

    /// <summary>Trunks and crowns.</summary>
    Tree = 7,

    /// <summary>People.</summary>
    Person = 8,

    /// <summary>Lamp posts.</summary>
    Pole = 9,
}
