namespace Lumen.Training.Backbones;

/// <summary>What keeps a teacher from giving every picture the same prototype (DINOv2's <c>centering</c>).</summary>
public enum TeacherCentring
{
    /// <summary>A running mean is taken from its outputs: <see cref="TeacherCentre"/>.</summary>
    Mean,

    /// <summary>Every prototype gets an equal share of each batch: <see cref="SinkhornKnopp"/>.</summary>
    SinkhornKnopp,
}
