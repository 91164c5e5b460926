namespace Lumen.Scenes;

/// <summary>What <see cref="SceneDataset.Write"/> writes.</summary>
public sealed record SceneDatasetOptions
{
    /// <summary>Folder of the data set; made if missing. The split becomes a folder in it.</summary>
    public required string Folder { get; init; }

    /// <summary>Part of the data set.</summary>
    public SceneSplit Split { get; init; } = SceneSplit.Train;

    /// <summary>Number of scenes in the split, 1 or more.</summary>
    public required int Count { get; init; }

    /// <summary>Seed of the data set; see <see cref="SceneSeeds"/>.</summary>
    public ulong Seed { get; init; }

    /// <summary>How much of the weather shows.</summary>
    public SceneDetail Detail { get; init; }

    /// <summary>Columns, 1...8192.</summary>
    public int Width { get; init; } = 128;

    /// <summary>Rows, 1...8192.</summary>
    public int Height { get; init; } = 128;

    /// <summary>Scenes rendered at a time, 1 or more.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// How the scenes of a batch are shared with other processes that write the same folder; null to make all of them here.
    /// </summary>
    public SceneSharing? Sharing { get; init; }

    /// <summary>Whether labels, instances, depth and normals are written beside the pictures.</summary>
    public SceneFiles Files { get; init; } = SceneFiles.PicturesAndAnnotations;
}

/// <summary>Processes that write one data set of scenes together, each calling <see cref="SceneDataset.Write"/>.</summary>
/// <param name="Processes">How many there are.</param>
/// <param name="Writes">Whether this one keeps the metadata; exactly one does.</param>
/// <param name="Share">
/// Given a number of pieces and what makes one, makes those that this process claims, and answers with the pieces of all processes in
/// order. All processes call it alike.
/// </param>
/// <param name="Agree">Tells all processes a number of the one that writes.</param>
public sealed record SceneSharing(int Processes, bool Writes, Func<int, Func<int, byte[]>, byte[][]> Share, Func<int, int> Agree);

/// <summary>How far <see cref="SceneDataset.Write"/> is.</summary>
/// <param name="Written">Scenes that are complete, those of earlier runs included.</param>
/// <param name="Total">Scenes asked for.</param>
public readonly record struct SceneDatasetProgress(int Written, int Total);

/// <summary>Which files a data set of scenes holds.</summary>
public enum SceneFiles
{
    /// <summary>Pictures, labels, instances, depth and normals.</summary>
    PicturesAndAnnotations,

    /// <summary>Pictures and captions only.</summary>
    Pictures,
}

/// <summary>Part of a data set.</summary>
public enum SceneSplit
{
    /// <summary>For training.</summary>
    Train,

    /// <summary>For choosing among trained models.</summary>
    Validation,

    /// <summary>For final figures only.</summary>
    Test,
}
