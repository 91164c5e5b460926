namespace Lumen.Files;

/// <summary>The pieces of a JSON object.</summary>
public enum JsonSectionKind
{
    /// <summary>A value that is no list.</summary>
    Value,

    /// <summary>A list begins.</summary>
    ArrayBegin,

    /// <summary>A value of the list.</summary>
    Element,

    /// <summary>The list ends.</summary>
    ArrayEnd,

    /// <summary>The object ends.</summary>
    End,
}
