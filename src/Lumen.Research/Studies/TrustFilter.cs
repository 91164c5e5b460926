namespace Lumen.Research.Studies;

/// <summary>Whether generated pictures are trusted as they are.</summary>
internal enum TrustFilter
{
    /// <summary>All of them.</summary>
    Off,

    /// <summary>Where their layouts agree with their sources'.</summary>
    On,
}
