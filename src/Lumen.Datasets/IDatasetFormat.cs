namespace Lumen.Datasets;

/// <summary>
/// A way to lay out a data set on disk. One of your own is made known by <see cref="DatasetOptions.Formats"/>; it needs a public
/// constructor without arguments where the command line is to find it.
/// </summary>
public interface IDatasetFormat
{
    /// <summary>What it is called on the command line.</summary>
    string Name { get; }

    /// <summary>What it is recognised by, for people.</summary>
    string Expected { get; }

    /// <summary>The data set in this folder, or null where the folder is laid out in another way.</summary>
    /// <param name="tree">The folder; what is read of it goes through this.</param>
    Dataset? TryOpen(DatasetTree tree);
}
