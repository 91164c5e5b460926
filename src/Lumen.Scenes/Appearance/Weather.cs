namespace Lumen.Scenes;

/// <summary>What the air and the ground are like.</summary>
public enum Weather
{
    /// <summary>No haze, sharp shadows.</summary>
    Clear,

    /// <summary>Contrast falls with distance; things within about 25 m stay visible.</summary>
    Fog,

    /// <summary>White ground and roofs, falling flakes.</summary>
    Snow,

    /// <summary>Grey sky, dark road that mirrors, streaks.</summary>
    Rain,
}
