namespace Lumen.Datasets;

/// <summary>A way to lay out a data set on disk.</summary>
internal interface IDatasetFormat
{
    /// <summary>What it is called on the command line.</summary>
    string Name { get; }

    /// <summary>What it is recognised by, for people.</summary>
    string Expected { get; }

    /// <summary>The data set in this folder, or null where the folder is laid out in another way.</summary>
    Dataset? TryOpen(DatasetTree tree);
}
