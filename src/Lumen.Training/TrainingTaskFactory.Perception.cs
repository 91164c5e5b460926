using Lumen.Training.Data;
using Lumen.Training.Perception;

namespace Lumen.Training;

public sealed partial record TrainingTaskFactory
{
    /// <summary>
    /// A fresh perception network for street scenes, whose labels are kept beside the pixels in the cache, or for the training part of a
    /// data set, which is taken into memory.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <exception cref="LumenException">The data set cannot be used, or has no labels.</exception>
    public PerceptionTask Perception(Recipe recipe)
    {
        RefuseDenoiserSettings(recipe);
        var pictures = List(recipe.Data);
        ForeseePerception(recipe, pictures);
        var record = RecordOf(recipe, pictures, annotations: true);
        Forecast((recipe, pictures, Compared(record, recipe.Training)), null, (runs, small) => runs.Perception(small));
        var (train, heldOut) = pictures is { } listed
            ? Labelled(recipe.Data, listed)
            : (Labelled(recipe.Data.Train), Labelled(recipe.Data.Validation));
        return PerceptionTraining.Task(
            train,
            heldOut,
            new PerceptionOptions
            {
                Training = recipe.Training,
                Network = recipe.Perception.ConfigFor(train),
                Augmentation = recipe.Perception.Augmentation,
                Weights = recipe.Perception.Weights,
                ValidationPictures = heldOut.Count,
                OutputDir = Output,
                Record = record,
                Placement = Placement,
            }
        );
    }

    private PerceptionData Labelled(SceneSelection selection)
    {
        Trial?.Store(Pictures, (3.0 + PackedLabels.BytesPerPixel) * selection.Size * selection.Size);
        return Measured(
            Pictures,
            selection.Count,
            () => PerceptionData.FromScenes(selection, Cache, new Count(this, "rendering scenes", selection.Count), Stop)
        );
    }

    private (PerceptionData Train, PerceptionData HeldOut) Labelled(RecipeData data, FolderPictures listed)
    {
        RequireDivisible(data.Resolution, PerceptionConfig.Stride, "the network halves it three times");
        if (listed.Train.Concat(listed.HeldOut).FirstOrDefault(picture => !picture.Annotations.Any()) is { } bare)
            throw new LumenException(
                $"{bare.Name} of {listed.Name} has no labels, depth or normals, so nothing can be learnt from it. Run lumen data "
                    + $"check {listed.Selection.Folder}."
            );
        var (train, heldOut) = Open(data, listed);
        using (train)
        using (heldOut)
            return Measured(
                Pictures,
                0,
                () => (PerceptionData.FromCorpus(train, listed.Dataset, Stop), PerceptionData.FromCorpus(heldOut, listed.Dataset, Stop))
            );
    }
}
