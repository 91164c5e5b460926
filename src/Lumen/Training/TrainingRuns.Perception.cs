using Lumen.Core;
using Lumen.Data;
using Lumen.Perception;

namespace Lumen.Training;

public sealed partial record TrainingRuns
{
    /// <summary>A fresh perception network for street scenes; their labels are kept beside the pixels in the cache.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <exception cref="LumenException">The recipe's pictures are those of a folder.</exception>
    public PerceptionTask Perception(Recipe recipe)
    {
        if (recipe.Data.Folder is { } folder) throw new LumenException($"Perception networks are trained here on street scenes with all their labels, not on {folder}. Leave out \"folder\" in the recipe's data.");
        var (train, heldOut) = (Labelled(recipe.Data.Train), Labelled(recipe.Data.Validation));
        return PerceptionTraining.Task(train, heldOut, new PerceptionOptions
        {
            Training = recipe.Training,
            Network = recipe.Perception.ConfigFor(train),
            Augmentation = recipe.Perception.Augmentation,
            Weights = recipe.Perception.Weights,
            ValidationPictures = heldOut.Count,
            OutputDir = Output,
            Placement = Placement,
        });
    }

    private PerceptionData Labelled(SceneSelection selection) => PerceptionData.FromScenes(selection, Cache, new Count(this, "scenes"), Stop);
}
