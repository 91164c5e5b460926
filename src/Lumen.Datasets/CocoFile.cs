namespace Lumen.Datasets;

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
