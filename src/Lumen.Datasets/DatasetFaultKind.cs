namespace Lumen.Datasets;

/// <summary>What can be wrong with a data set.</summary>
public enum DatasetFaultKind
{
    /// <summary>A part holds no items.</summary>
    NoItems,

    /// <summary>A list, or a line of it, cannot be used.</summary>
    BadList,

    /// <summary>A symbolic link leads out of the data set, or nowhere.</summary>
    BadLink,

    /// <summary>A listed picture is not there.</summary>
    MissingPicture,

    /// <summary>A picture cannot be read.</summary>
    UnreadablePicture,

    /// <summary>Two pictures of one part share a name, an id, or their label files.</summary>
    DuplicateStem,

    /// <summary>A picture lacks a label file that the others have.</summary>
    MissingLabel,

    /// <summary>A label file cannot be read, or is of the wrong kind.</summary>
    UnreadableLabel,

    /// <summary>Ids or depth are stored as JPEG, which changes them.</summary>
    LossyLabel,

    /// <summary>A text file beside a picture cannot be read.</summary>
    UnreadableCaption,

    /// <summary>Label or list give another size than the picture.</summary>
    SizeMismatch,

    /// <summary>A pixel or an annotation has an id that no class has.</summary>
    IdOutsideClasses,

    /// <summary>An annotation belongs to nothing, or its id comes twice.</summary>
    BadAnnotation,

    /// <summary>The same picture is in two parts.</summary>
    SharedBetweenSplits,
}
