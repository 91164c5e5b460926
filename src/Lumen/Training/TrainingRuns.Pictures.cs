using Lumen.Core;
using Lumen.Data;

namespace Lumen.Training;

public sealed partial record TrainingRuns
{
    // Null for scenes. Nothing is read yet, so that a folder that cannot be used is refused at once.
    private FolderPictures? List(RecipeData data)
    {
        if (data.Pictures is not { } selection) return null;
        var listed = FolderPictures.List(selection);
        Note($"data     {listed.Description}");
        return listed;
    }

    private (PictureCorpus Train, PictureCorpus HeldOut) Open(RecipeData data, FolderPictures? listed)
    {
        if (listed is null) return (SceneCorpus.Open(data.Train, Cache, new Count(this, "scenes"), Stop), SceneCorpus.Open(data.Validation, Cache, new Count(this, "scenes"), Stop));
        var (train, heldOut) = (FolderCorpus.OpenTrain(listed, Cache, new Count(this, "pictures"), Stop), FolderCorpus.OpenHeldOut(listed, Cache, new Count(this, "held-out pictures"), Stop));
        var skipped = train.Skipped.Concat(heldOut.Skipped).ToList();
        if (skipped.Count > 0) Note($"skipped  {skipped.Count} {(skipped.Count == 1 ? "picture" : "pictures")} that cannot be read; the first: {skipped[0]}");
        return (train, heldOut);
    }

    // Captions as they come, and pictures without any where there are fewer.
    private static IReadOnlyList<string> Prompts(PictureCorpus corpus, int count)
    {
        var captions = corpus.Sample(corpus.Count).Select(corpus.Caption).Distinct(StringComparer.Ordinal).ToList();
        return [.. Enumerable.Range(0, count).Select(at => captions[(int)((long)at * Math.Max(captions.Count, count) / count) % captions.Count])];
    }

    private static void RequireDivisible(long side, long multiple, string why, string name = "resolution")
    {
        if (side < multiple || side % multiple != 0) throw new LumenException($"{name} must be a multiple of {multiple} ({why}) but is {side}. Change it in the recipe{(name == "resolution" ? "'s data, or with --resolution" : "")}.");
    }
}
