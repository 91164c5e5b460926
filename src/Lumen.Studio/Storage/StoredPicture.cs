namespace Lumen.Studio.Storage;

/// <summary>A picture of the history.</summary>
/// <param name="Id">16 hexadecimal digits.</param>
/// <param name="Job">The job that made it.</param>
/// <param name="File">Its place in the gallery.</param>
/// <param name="Prompt">What it shows, in words.</param>
/// <param name="Seed">The seed that makes it alone.</param>
/// <param name="Agreement">How well it keeps its layout, -1...1; null where none was given.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Created">When it was written.</param>
/// <param name="Reference">The reference that it was made from, or null.</param>
/// <param name="Layout">The layout that it was made from, or null.</param>
/// <param name="Starred">Whether somebody marked it.</param>
/// <param name="Binned">Whether it lies in the bin.</param>
internal sealed record StoredPicture(
    string Id,
    string? Job,
    string File,
    string Prompt,
    string Seed,
    double? Agreement,
    int Width,
    int Height,
    DateTimeOffset Created,
    string? Reference,
    string? Layout,
    bool Starred,
    bool Binned
)
{
    /// <summary>Where it is served.</summary>
    public string Url => $"/api/pictures/{Id}/file";
}

/// <summary>What results take their composition from: a reference that was given, or a layout that was read or edited.</summary>
/// <param name="Id">16 hexadecimal digits.</param>
/// <param name="Kind"><c>reference</c> or <c>layout</c>.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Reference">Of a layout: the reference it was read from.</param>
/// <param name="Edits">Of a layout: what was done to it, one a line.</param>
/// <param name="Created">When it came.</param>
internal sealed record StoredSource(
    string Id,
    string Kind,
    string Name,
    int Width,
    int Height,
    string? Reference,
    string Edits,
    DateTimeOffset Created
);

/// <summary>Settings under a name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Settings">JSON, with the names of diffusers.</param>
/// <param name="Created">When it was saved.</param>
internal sealed record StoredPreset(string Name, string Settings, DateTimeOffset Created);

/// <summary>The picture of a data set that a reference is, whose labels, depth and normals adapters may be steered by.</summary>
/// <param name="Dataset">Name of the data set.</param>
/// <param name="Picture">Name of the picture in it.</param>
internal sealed record ReferenceOrigin(string Dataset, string Picture);
