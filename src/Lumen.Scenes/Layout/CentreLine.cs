namespace Lumen.Scenes;

/// <summary>The marking in the middle of the road.</summary>
public enum CentreLine
{
    /// <summary>No marking.</summary>
    None,

    /// <summary>Dashes of 3 m with gaps of 3 m.</summary>
    Dashed,

    /// <summary>One solid line.</summary>
    Solid,

    /// <summary>Two solid lines.</summary>
    Double,
}
