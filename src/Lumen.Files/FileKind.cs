namespace Lumen.Files;

/// <summary>What a name of the file system stands for.</summary>
public enum FileKind
{
    /// <summary>An ordinary file: it has an end.</summary>
    Ordinary,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A symbolic link.</summary>
    Link,

    /// <summary>A pipe, a device, a socket: reading it may never end.</summary>
    Other,
}
