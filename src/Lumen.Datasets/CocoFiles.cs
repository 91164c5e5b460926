using System.Text.RegularExpressions;
using Lumen.Files;

namespace Lumen.Datasets;

/// <summary>
/// Finds COCO's annotation files: in <c>annotations</c>, as the COCO authors, CVAT and the Cityscapes converter have them; in every part
/// beside the pictures, as Roboflow and FiftyOne do; or one file above the pictures.
/// </summary>
internal static partial class CocoFiles
{
    public const string Annotations = "annotations";

    // A folder with more JSON files whose names say nothing holds one for every picture.
    private const int MostUnnamed = 16;

    /// <summary>The annotation files of a folder; none if it is no COCO data set.</summary>
    public static IReadOnlyList<CocoFile> Find(DatasetTree tree)
    {
        var found = In(tree, Annotations, "").ToList();
        if (found.Count == 0)
            found = [.. tree.Folders("").Where(SplitNames.IsKnown).SelectMany(split => In(tree, split, split))];
        return found.Count > 0 ? found : [.. In(tree, "", "")];
    }

    private static IEnumerable<CocoFile> In(DatasetTree tree, string folder, string part)
    {
        var unnamed = new List<CocoFile>();
        foreach (var file in tree.Files(folder).Where(file => file.EndsWith(".json", StringComparison.OrdinalIgnoreCase)))
        {
            var (task, split) = Describe(DatasetTree.Stem(file));
            var found = new CocoFile(DatasetTree.Join(folder, file), task, part.Length > 0 ? part : split);
            if (
                file.EndsWith(".coco.json", StringComparison.OrdinalIgnoreCase)
                || (folder == Annotations && (task.Length > 0 || SplitNames.IsKnown(DatasetTree.Stem(file))))
            )
                yield return found;
            else
                unnamed.Add(found);
        }
        if (unnamed.Count > MostUnnamed)
            yield break;
        foreach (var file in unnamed.Where(file => ListsPictures(tree.Full(file.Name))))
            yield return file;
    }

    // "instances_train2017", "cityscapes_panoptic_val", "train", "train_coco", "instances", "instances_default" (CVAT), "_annotations.coco"
    private static (string Task, string Split) Describe(string stem)
    {
        var match = TaskName().Match(stem);
        var (task, rest) = (match.Groups["task"].Value, match.Success ? match.Groups["split"].Value : stem);
        if (SplitNames.IsKnown(rest))
            return (task, rest);
        string[] parts = [.. rest.Split('_', '-', '.').Where(SplitNames.IsKnown)];
        return (
            task,
            task.Length > 0 && rest is not ("" or "default") ? rest
            : parts is [var only] ? only
            : SplitNames.All
        );
    }

    private static bool ListsPictures(string path)
    {
        try
        {
            return JsonSections.Elements(path, "images").FirstOrDefault() is { Kind: System.Text.Json.JsonValueKind.Object } image
                && image["file_name"] is not null;
        }
        catch (LumenException)
        {
            return false; // some other JSON; it is not for this format to say what is wrong with it
        }
    }

    [GeneratedRegex(@"^(?:cityscapes_)?(?<task>instances|stuff|panoptic|captions|person_keypoints|image_info)(?:_(?<split>.+))?$")]
    private static partial Regex TaskName();
}

/// <summary>An annotation file.</summary>
/// <param name="Name">Path below the data set's folder.</param>
/// <param name="Task"><c>instances</c>, <c>panoptic</c>, ...; empty where the name does not say.</param>
/// <param name="Split">Part, such as <c>train2017</c>.</param>
internal sealed record CocoFile(string Name, string Task, string Split)
{
    // What says most about the pictures of a part comes first.
    private static readonly string[] Best = ["instances", "", "panoptic", "stuff", "person_keypoints", "captions", "image_info"];

    /// <summary>The folder it is in; empty for the data set's own.</summary>
    public string Folder => DatasetTree.Folder(Name);

    /// <summary>0 for the file whose list of pictures counts.</summary>
    public int Rank => Array.IndexOf(Best, Task);
}
