namespace Lumen.Scenes;

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
