using Lumen.Training.Data;

namespace Lumen.Training;

public sealed partial record TrainingTaskFactory
{
    // Null for scenes. Nothing is read yet, so that a folder that cannot be used is refused at once.
    private FolderPictures? List(RecipeData data)
    {
        if (data.Pictures is not { } selection)
            return null;
        var listed = FolderPictures.List(selection with { Formats = Formats });
        Note($"data     {listed.Description}");
        return Trial is null ? listed : listed.First(Trial.Pictures, FewHeldOut, Paired);
    }

    // Pictures of several shapes, where the recipe asks for them.
    private FolderPictures? InBuckets(RecipeData data, FolderPictures? listed, long multiple)
    {
        if (data.AspectBuckets is not { } buckets)
            return listed;
        if (listed is null)
            throw new LumenException(
                "Street scenes are squares, so aspect_buckets is of no use. Give a folder of pictures (`TrainDataDir`), or leave it out."
            );
        var shapes = buckets.For(data.Resolution, (int)multiple);
        Note($"shapes   {string.Join(", ", shapes)}: each picture has the nearest");
        return listed.In(shapes);
    }

    private (PictureCorpus Train, PictureCorpus HeldOut) Open(RecipeData data, FolderPictures? listed)
    {
        var side = (long)data.Resolution;
        Trial?.Store(Pictures, 3 * side * side);
        if (listed is null)
            return (Scenes(data.Train), Scenes(data.Validation));
        var (train, heldOut) = Measured(
            Pictures,
            listed.Train.Count + listed.HeldOut.Count,
            () =>
                (
                    FolderCorpus.OpenTrain(listed, Cache, new Count(this, "reading pictures", listed.Train.Count), Stop),
                    FolderCorpus.OpenHeldOut(listed, Cache, new Count(this, "reading held-out pictures", listed.HeldOut.Count), Stop)
                )
        );
        var skipped = train.Skipped.Concat(heldOut.Skipped).ToList();
        if (skipped.Count > 0)
            Note($"skipped  {skipped.Count} {(skipped.Count == 1 ? "picture" : "pictures")} that cannot be read; the first: {skipped[0]}");
        return (train, heldOut);
    }

    private SceneCorpus Scenes(SceneSelection selection) =>
        Measured(
            Pictures,
            selection.Count,
            () => SceneCorpus.Open(selection, Cache, new Count(this, "rendering scenes", selection.Count), Stop)
        );

    // Captions as they come, and pictures without any where there are fewer.
    private static IReadOnlyList<string> Prompts(PictureCorpus corpus, int count)
    {
        var captions = corpus.Sample(corpus.Count).Select(corpus.Caption).Distinct(StringComparer.Ordinal).ToList();
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(at => captions[(int)((long)at * Math.Max(captions.Count, count) / count) % captions.Count]),
        ];
    }

    private static void RequireDivisible(long side, long multiple, string why, string name = "resolution")
    {
        if (side < multiple || side % multiple != 0)
            throw new LumenException(
                $"{name} must be a multiple of {multiple} ({why}) but is {side}. Change it in the "
                    + $"recipe{(name == "resolution" ? "'s data, or with `Resolution`" : "")}."
            );
    }
}
