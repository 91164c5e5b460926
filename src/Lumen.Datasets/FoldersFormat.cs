namespace Lumen.Datasets;

/// <summary>
/// Plain folders: <c>images/</c> and <c>labels/</c> (and <c>depth/</c>, <c>normals/</c>, <c>instances/</c>, ...) with files of the same
/// names.
/// </summary>
internal sealed class FoldersFormat : IDatasetFormat
{
    public string Name => "folders";

    public string Expected =>
        "images/ with labels/ (or masks/, depth/, ...) beside it, train/images/ with train/labels/, train/ with train_labels/, or "
        + "p0_mask.png beside p0.jpg";

    public Dataset? TryOpen(DatasetTree tree) => FolderDataset.TryOpen(tree, Name, FolderNames.Pictures);
}
