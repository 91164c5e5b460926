namespace Lumen.Datasets;

/// <summary>
/// Which symbolic links of a data set are followed. Its own folder may be a link, and links from one place in it to another always are
/// followed.
/// </summary>
public enum LinkPolicy
{
    /// <summary>Those that stay inside the data set's folder; others are refused by name.</summary>
    Inside,

    /// <summary>All: the data set may be made of links to files elsewhere.</summary>
    Outside,
}
