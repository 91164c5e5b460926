using Lumen.Data;
using Lumen.Scenes;

namespace Lumen.Training;

/// <summary>The pictures of a recipe: street scenes that are rendered when they are needed.</summary>
public sealed record RecipeData
{
    /// <summary>Number of training scenes.</summary>
    public int Scenes { get; init; } = 1000;

    /// <summary>Seed of the data set.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Side in pixels.</summary>
    public int Resolution { get; init; } = 128;

    /// <summary>Number of validation scenes.</summary>
    public int ValidationScenes { get; init; } = 64;

    /// <summary>The training scenes.</summary>
    public SceneSelection Train => new(SceneSplit.Train, Scenes, Seed, Resolution);

    /// <summary>The validation scenes: other layouts than any training scene.</summary>
    public SceneSelection Validation => new(SceneSplit.Validation, ValidationScenes, Seed, Resolution);
}
