namespace Lumen.Datasets;

/// <summary>The first fault of its kind, and how many there are.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Item">The picture or list it was found at.</param>
/// <param name="Message">A sentence.</param>
/// <param name="Count">Faults of this kind.</param>
public sealed record DatasetFault(DatasetFaultKind Kind, string Item, string Message, int Count = 1)
{
    /// <summary>The kind in words.</summary>
    public string Title =>
        Kind switch
        {
            DatasetFaultKind.NoItems => "nothing in it",
            DatasetFaultKind.BadList => "unusable list",
            DatasetFaultKind.BadLink => "unusable link",
            DatasetFaultKind.MissingPicture => "missing picture",
            DatasetFaultKind.UnreadablePicture => "unreadable picture",
            DatasetFaultKind.DuplicateStem => "duplicate name",
            DatasetFaultKind.MissingLabel => "missing label",
            DatasetFaultKind.UnreadableLabel => "unreadable label",
            DatasetFaultKind.LossyLabel => "label stored as JPEG",
            DatasetFaultKind.UnreadableCaption => "unreadable caption",
            DatasetFaultKind.SizeMismatch => "size mismatch",
            DatasetFaultKind.IdOutsideClasses => "id outside the classes",
            DatasetFaultKind.BadAnnotation => "unusable annotation",
            _ => "picture in two parts",
        };

    /// <summary>What to do about it.</summary>
    public string Advice =>
        Kind switch
        {
            DatasetFaultKind.NoItems => "Check that this is the right folder and that the pictures are where the format expects them.",
            DatasetFaultKind.BadList => "Correct the line or write the list again.",
            DatasetFaultKind.BadLink =>
                "Copy what it leads to into its place; where a data set is meant to be made of links to files elsewhere, follow "
                    + "them with `Links`.",
            DatasetFaultKind.MissingPicture => "Put the picture there or take it off the list.",
            DatasetFaultKind.UnreadablePicture => "Copy or download it again, or take the picture and its labels out.",
            DatasetFaultKind.DuplicateStem =>
                "Rename one of them, with its labels, or take one out; of one picture under two ids, give all annotations the same one.",
            DatasetFaultKind.MissingLabel => "Put the label file there, or take the picture out of this part.",
            DatasetFaultKind.UnreadableLabel =>
                "Copy or export it again: ids as 8- or 16-bit grey or palette PNG, depth as 16-bit grey PNG.",
            DatasetFaultKind.LossyLabel =>
                "Export it again as PNG from where it was made: compression has changed the ids around every border.",
            DatasetFaultKind.UnreadableCaption => "Save it as UTF-8, or take it out.",
            DatasetFaultKind.SizeMismatch => "Export picture and label at one size; pictures turned by EXIF must be saved upright.",
            DatasetFaultKind.IdOutsideClasses =>
                "Add the class to the list of classes, or map the id to one that is there or to the ignored one.",
            DatasetFaultKind.BadAnnotation => "Correct the annotation, or take it out.",
            _ => "Take it out of one of them: what is measured on a picture that was trained on means nothing.",
        };
}

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
