namespace Lumen.Scenes;

/// <summary>How much of the weather shows on the street, and how much of the look captions name.</summary>
public enum SceneDetail
{
    /// <summary>What the built-in model was trained on.</summary>
    Plain,

    /// <summary>Snow lies on the road, rain leaves puddles, shop windows are lit; captions also name ground, sky and lights.</summary>
    Rich,
}
