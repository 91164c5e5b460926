namespace Lumen.Scenes;

/// <summary>When the scene is seen.</summary>
public enum TimeOfDay
{
    /// <summary>Sun high, blue or white sky.</summary>
    Day,

    /// <summary>Sun low, orange and purple light.</summary>
    Sunset,

    /// <summary>Moon, lit windows, lamps and headlights.</summary>
    Night,
}
