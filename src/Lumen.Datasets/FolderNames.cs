namespace Lumen.Datasets;

/// <summary>What folders beside pictures are usually called, and what they hold.</summary>
internal static class FolderNames
{
    /// <summary>Folders of pictures, the best name first.</summary>
    public static readonly string[] Pictures = ["images", "image", "imgs", "img", "img_dir", "rgb", "color", "JPEGImages", "PNGImages"];

    /// <summary>Folders of depth.</summary>
    public static readonly string[] Depth = ["depth", "depths", "depth_mm", "sync_depth"];

    private static readonly Dictionary<string, LabelKind> Kinds = new(StringComparer.OrdinalIgnoreCase)
    {
        ["labels"] = LabelKind.Classes,
        ["label"] = LabelKind.Classes,
        ["masks"] = LabelKind.Classes,
        ["mask"] = LabelKind.Classes,
        ["annotations"] = LabelKind.Classes,
        ["annotation"] = LabelKind.Classes,
        ["segmentation"] = LabelKind.Classes,
        ["segmentations"] = LabelKind.Classes,
        ["semantic"] = LabelKind.Classes,
        ["seg"] = LabelKind.Classes,
        ["ann_dir"] = LabelKind.Classes,
        ["gt"] = LabelKind.Classes,
        ["ground_truth"] = LabelKind.Classes,
        ["groundtruth"] = LabelKind.Classes,
        ["SegmentationClass"] = LabelKind.Classes,
        ["SegmentationObject"] = LabelKind.Instances,
        ["conditioning_image"] = LabelKind.Colours,
        ["instances"] = LabelKind.Instances,
        ["instance"] = LabelKind.Instances,
        ["PedMasks"] = LabelKind.Instances,
        ["annotations_instance"] = LabelKind.Colours,
        ["panoptic"] = LabelKind.Panoptic,
        ["normals"] = LabelKind.Normals,
        ["normal"] = LabelKind.Normals,
    };

    // Words in the names of folders (and columns) of class ids, and of all that goes with pictures but are none.
    private static readonly HashSet<string> ClassWords = new(StringComparer.Ordinal)
    {
        "label",
        "labels",
        "lbl",
        "mask",
        "masks",
        "gt",
        "gts",
        "groundtruth",
        "annotation",
        "annotations",
        "annot",
        "annots",
        "ann",
        "anns",
        "seg",
        "segs",
        "segmentation",
        "segmentations",
        "semantic",
        "segmap",
        "segmaps",
        "trainannot",
        "valannot",
        "testannot",
    };

    private static readonly HashSet<string> OtherWords = new(StringComparer.Ordinal)
    {
        "depth",
        "depths",
        "normal",
        "normals",
        "instance",
        "instances",
        "panoptic",
        "classes",
        "names",
        "caption",
        "captions",
        "prompts",
        "boxes",
        "bbox",
        "bboxes",
        "metadata",
        "polygons",
        "log",
        "logs",
        "results",
    };

    /// <summary>Whether a name says that this is a folder (or file) of labels: one of its words does.</summary>
    public static bool IsLabels(string name) =>
        Kinds.ContainsKey(name) || SplitNames.Words(name).Any(word => ClassWords.Contains(word) || OtherWords.Contains(word));

    /// <summary>
    /// Whether every picture should have a file in a folder of this name. Boxes as text are an exception: a picture without objects has no
    /// file.
    /// </summary>
    public static bool IsExpected(string folder, string ending) =>
        (Kinds.ContainsKey(folder) || IsDepth(folder)) && KindOf(folder, ending) != LabelKind.Boxes;

    public static bool IsDepth(string folder) => Depth.Contains(folder, StringComparer.OrdinalIgnoreCase);

    /// <summary>What a label file holds, by its folder's name and its ending.</summary>
    public static LabelKind KindOf(string folder, string file) =>
        Path.GetExtension(file).ToLowerInvariant() switch
        {
            ".json" => LabelKind.Polygons,
            ".xml" => LabelKind.Boxes,
            ".txt" => LabelKind.Boxes,
            _ when DatasetTree.IsPicture(file) => IsDepth(folder) ? LabelKind.Depth
            : Kinds.TryGetValue(folder, out var kind) ? kind
            : ByWords(folder),
            _ => LabelKind.Other,
        };

    private static LabelKind ByWords(string folder)
    {
        var words = SplitNames.Words(folder);
        if (words.Any(word => word is "instance" or "instances"))
            return LabelKind.Instances;
        if (
            words.Any(word =>
                word is "color" or "colors" or "colour" or "colours" or "rgb" or "vis" or "visualization" or "visualisation" or "overlay"
            )
        )
            return LabelKind.Colours;
        return words.Any(ClassWords.Contains) ? LabelKind.Classes : LabelKind.Other;
    }
}
