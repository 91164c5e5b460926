using System.Text.Json;
using System.Text.RegularExpressions;

namespace Lumen;

/// <summary>
/// Something the caller gave cannot be used. The message is whole sentences: what was expected, what was found, where, and what to do. It
/// names the properties to change in backticks, as in <c>`GuidanceScale` must be 1 to 50 but is 0</c>; the command line writes its flags in
/// their place. Anything else that escapes is a bug.
/// </summary>
public partial class LumenException : Exception
{
    private IReadOnlyList<string>? _properties;

    /// <summary>A fault whose kind follows from what caused it; <see cref="LumenErrorKind.Input"/> without a cause.</summary>
    /// <param name="message">Whole sentences, with properties in backticks.</param>
    /// <param name="inner">What caused it, or null.</param>
    public LumenException(string message, Exception? inner = null)
        : this(KindOf(inner), message, inner) { }

    /// <summary>A fault of a kind.</summary>
    /// <param name="kind">What is at fault.</param>
    /// <param name="message">Whole sentences, with properties in backticks.</param>
    /// <param name="inner">What caused it, or null.</param>
    public LumenException(LumenErrorKind kind, string message, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    /// <summary>What is at fault.</summary>
    public LumenErrorKind Kind { get; }

    /// <summary>
    /// The properties at fault, the first one first; none where no property is. Where they are not given, those that the message names in
    /// backticks.
    /// </summary>
    public IReadOnlyList<string> Properties
    {
        get => _properties ??= [.. PropertyName().Matches(Message).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal)];
        init => _properties = value;
    }

    /// <summary>The first of <see cref="Properties"/>, or null.</summary>
    public string? Property => Properties.Count > 0 ? Properties[0] : null;

    private static LumenErrorKind KindOf(Exception? cause) =>
        cause switch
        {
            LumenException known => known.Kind,
            IOException { HResult: DiskFull or DiskFullOnWindows } => LumenErrorKind.Disk,
            IOException or UnauthorizedAccessException => LumenErrorKind.File,
            JsonException or FormatException => LumenErrorKind.Format,
            HttpRequestException => LumenErrorKind.Network,
            OutOfMemoryException => LumenErrorKind.Memory,
            _ => LumenErrorKind.Input,
        };

    private const int DiskFull = 28; // ENOSPC
    private const int DiskFullOnWindows = unchecked((int)0x80070070);

    [GeneratedRegex("`([A-Z][A-Za-z0-9]*)`")]
    private static partial Regex PropertyName();
}

/// <summary>What is at fault in a <see cref="LumenException"/>.</summary>
public enum LumenErrorKind
{
    /// <summary>What was given cannot be used, for a reason that none of the other kinds names.</summary>
    Input,

    /// <summary>An option is out of range or does not go with another: <see cref="LumenException.Properties"/> says which.</summary>
    Option,

    /// <summary>A file or folder is missing, in use, or may not be read or written.</summary>
    File,

    /// <summary>The content of a file is not what its format asks for.</summary>
    Format,

    /// <summary>A model, an adapter or a backbone is not supported, does not fit, or gives numbers that are not finite.</summary>
    Model,

    /// <summary>A data set, its labels or its parts cannot be used.</summary>
    Dataset,

    /// <summary>A device or its native library is not there or cannot do what is asked.</summary>
    Device,

    /// <summary>There is not enough memory.</summary>
    Memory,

    /// <summary>There is not enough space on a disk.</summary>
    Disk,

    /// <summary>Another machine does not answer, or answers with a fault.</summary>
    Network,
}
