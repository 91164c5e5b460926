namespace Lumen.Augmentation;

/// <summary>How training pictures are compared with the held-out parts. Those that are found there too are left out.</summary>
public enum LeakCheck
{
    /// <summary>Not at all.</summary>
    Off,

    /// <summary>By the bytes of the files.</summary>
    Exact,

    /// <summary>Also by their layouts: a near-duplicate (recompressed, brightened, the next frame of a video) is found as well.</summary>
    Layout,
}
