namespace Lumen.Hub;

/// <summary>A file of a model, as the hub announces it before sending it.</summary>
/// <param name="Path">Path in the repository, checked: relative and without tricks.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Etag">Hash of the content: SHA-256 for large files, git's SHA-1 for the others. Checked: 40 or 64 hexadecimal
/// digits.</param>
internal sealed record HubFile(string Path, long Size, string Etag);
