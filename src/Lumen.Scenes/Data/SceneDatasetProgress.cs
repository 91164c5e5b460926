namespace Lumen.Scenes;

/// <summary>How far <see cref="SceneDataset.Write"/> is.</summary>
/// <param name="Written">Scenes that are complete, those of earlier runs included.</param>
/// <param name="Total">Scenes asked for.</param>
public readonly record struct SceneDatasetProgress(int Written, int Total);
