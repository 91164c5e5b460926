namespace Lumen.Training.Perception;

/// <summary>Kinds of labels that a set of pictures has.</summary>
[Flags]
public enum PerceptionLabels
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A class a pixel.</summary>
    Classes = 1,

    /// <summary>Depth in metres.</summary>
    Depth = 2,

    /// <summary>Surface normals.</summary>
    Normals = 4,

    /// <summary>Objects of a class told apart.</summary>
    Instances = 8,

    /// <summary>Headings.</summary>
    Yaw = 16,

    /// <summary>Everything.</summary>
    All = 31,
}
