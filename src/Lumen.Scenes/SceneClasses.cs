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

/// <summary>Names and colours of the label ids.</summary>
public static class SceneClasses
{
    /// <summary>Number of classes; ids are 0...Count - 1.</summary>
    public const int Count = 10;

    private static readonly string[] Names = ["sky", "building", "road", "marking", "pavement", "grass", "car", "tree", "person", "pole"];

    // The colours Cityscapes uses for the same things; marking and pole made lighter to stand out at small sizes.
    private static readonly (byte Red, byte Green, byte Blue)[] Colours =
    [
        (70, 130, 180),
        (70, 70, 70),
        (128, 64, 128),
        (255, 255, 255),
        (244, 35, 232),
        (152, 251, 152),
        (0, 0, 142),
        (107, 142, 35),
        (220, 20, 60),
        (250, 170, 30),
    ];

    /// <summary>Lower-case English name, as used in files.</summary>
    public static string Name(SceneClass id) => Names[(int)id];

    /// <summary>Display colour, 0...255 each.</summary>
    public static (byte Red, byte Green, byte Blue) Colour(SceneClass id) => Colours[(int)id];
}
