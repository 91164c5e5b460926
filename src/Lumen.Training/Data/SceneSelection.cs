using Lumen.Scenes;

namespace Lumen.Training.Data;

/// <summary>A run of street scenes.</summary>
/// <param name="Split">Part of the world; splits never share a layout.</param>
/// <param name="Count">Number of scenes.</param>
/// <param name="Seed">Seed of the data set.</param>
/// <param name="Size">Side in pixels.</param>
/// <param name="First">Index of the first scene.</param>
public sealed record SceneSelection(SceneSplit Split, int Count, ulong Seed = 1, int Size = 128, int First = 0)
{
    /// <summary>How much shows of the weather.</summary>
    public SceneDetail Detail { get; init; }

    /// <summary>
    /// Identifies the scenes; a longer run of the same split and seed begins with the same pictures and shares its cache.
    /// </summary>
    public string Name =>
        $"street-{Split.ToString().ToLowerInvariant()}-seed{Seed}-{Size}px"
        + (Detail == SceneDetail.Plain ? "" : $"-{Detail.ToString().ToLowerInvariant()}")
        + (First > 0 ? $"-from{First}" : "");
}
