namespace Lumen.Testing.Parity;

/// <summary>How a compared group of tensors came out.</summary>
public enum Verdict
{
    /// <summary>Every element is within the tolerance.</summary>
    Ok,

    /// <summary>An element is off, or the computation failed.</summary>
    Fail,

    /// <summary>Nothing here computes it.</summary>
    Unsupported,
}
