namespace Lumen.Augmentation;

/// <summary>A file that belongs to a new picture.</summary>
/// <param name="File">Its name below the enlarged data set's folder.</param>
/// <param name="Sha256">SHA-256 of its bytes, lower-case hexadecimal.</param>
/// <param name="Source">The file it is a copy of; null where it was made.</param>
public sealed record ManifestFile(string File, string Sha256, string? Source = null);
