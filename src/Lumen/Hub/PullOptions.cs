namespace Lumen.Hub;

/// <summary>What is fetched of a model.</summary>
public sealed record PullOptions
{
    /// <summary>Patterns of paths or names, such as <c>*.json</c>; empty for what is needed to use the model.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Form of the weights that is preferred, such as <c>fp16</c>; null for the plain one.</summary>
    public string? Variant { get; init; }
}
