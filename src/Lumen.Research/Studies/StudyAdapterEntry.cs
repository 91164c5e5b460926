namespace Lumen.Research.Studies;

/// <summary>An adapter that a recipe names.</summary>
public sealed record StudyAdapterEntry
{
    /// <summary>Its name in tables and files: small letters, digits and dashes.</summary>
    public required string Name { get; init; }

    /// <summary>Its folder: relative to the current folder or, where it is not there, to the folder above the recipe's.</summary>
    public required string Adapter { get; init; }

    /// <summary>Weights of the vision transformer that its layouts are read with; null where that is the base model itself.</summary>
    public string? BackboneWeights { get; init; }

    /// <summary>The one number of components that it was trained for; null for an adapter that serves every number.</summary>
    public int? Components { get; init; }
}
