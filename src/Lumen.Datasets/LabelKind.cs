namespace Lumen.Datasets;

/// <summary>What a label file holds, as far as it matters for checking and carrying it over.</summary>
public enum LabelKind
{
    /// <summary>A class id per pixel: grey or palette PNG.</summary>
    Classes,

    /// <summary>An instance id per pixel.</summary>
    Instances,

    /// <summary>COCO panoptic ids coded as red + 256 green + 65536 blue.</summary>
    Panoptic,

    /// <summary>Depth or disparity: 16-bit grey PNG.</summary>
    Depth,

    /// <summary>Surface normals: 8-bit RGB.</summary>
    Normals,

    /// <summary>Classes drawn in colours, for people.</summary>
    Colours,

    /// <summary>Outlines as JSON.</summary>
    Polygons,

    /// <summary>Bounding boxes as XML or text.</summary>
    Boxes,

    /// <summary>Anything else that belongs to a picture; it is carried over but not looked into.</summary>
    Other,
}
