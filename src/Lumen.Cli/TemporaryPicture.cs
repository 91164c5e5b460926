namespace Lumen.Cli;

/// <summary>A PNG file that is gone after its use.</summary>
internal sealed class TemporaryPicture : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lumen-").FullName;

    /// <summary>Where to write it.</summary>
    public string Path => System.IO.Path.Combine(_folder, "again.png");

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
