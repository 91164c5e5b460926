namespace Lumen.Datasets;

/// <summary>The pieces of a JSON object.</summary>
internal enum JsonSectionKind
{
    Value,
    ArrayBegin,
    Element,
    ArrayEnd,
    End,
}
