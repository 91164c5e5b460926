namespace Lumen.Scenes;

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
