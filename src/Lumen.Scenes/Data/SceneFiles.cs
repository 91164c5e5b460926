namespace Lumen.Scenes;

/// <summary>Which files a data set of scenes holds.</summary>
public enum SceneFiles
{
    /// <summary>Pictures, labels, instances, depth and normals.</summary>
    PicturesAndAnnotations,

    /// <summary>Pictures and captions only.</summary>
    Pictures,
}
