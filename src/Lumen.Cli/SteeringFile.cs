using Lumen.Files;

namespace Lumen.Cli;

/// <summary>
/// Finds the reference, layout or condition image of a picture: a PNG holds its name and the hash of its content, no path.
/// </summary>
internal static class SteeringFile
{
    private const int Depth = 4,
        MostFiles = 50_000;

    /// <summary>
    /// The file that was given, or one of that name and content beside the picture, in a folder above it, or in or below the current
    /// folder.
    /// </summary>
    /// <param name="picture">The picture.</param>
    /// <param name="given">The file that was given; null for none.</param>
    /// <param name="source">What the picture says.</param>
    /// <exception cref="LumenException">There is none, or it has another content.</exception>
    public static string Find(string picture, string? given, (string Kind, string Name, string Hash) source)
    {
        var what = source.Kind switch
        {
            "layout" => "layout",
            "condition_image" => "condition image",
            _ => "reference",
        };
        if (given is not null)
        {
            if (!File.Exists(given))
                throw new LumenException($"There is no file {given}. Give --source the {what} that the picture was made from.");
            return IsSame(given)
                ? given
                : throw new LumenException(
                    $"{given} is not the {what} that the picture was made from: its content has another hash ({source.Name}, "
                        + $"{source.Hash[..Math.Min(12, source.Hash.Length)]})."
                );
        }
        if (source.Name.Length == 0 || source.Name != Path.GetFileName(source.Name) || source.Name is "." or "..")
            throw new LumenException(
                $"The picture names \"{source.Name}\" as its {what}, which is no plain file name. Give the file with --source."
            );
        var seen = Candidates(picture, source.Name).Where(IsOrdinary).ToList();
        return seen.FirstOrDefault(IsSame)
            ?? throw new LumenException(
                $"The {what} of this picture, {source.Name}, "
                    + (
                        seen.Count > 0
                            ? $"has another content in {seen[0]}"
                            : "is neither beside it nor in a folder above it or below the current one"
                    )
                    + ". Give it with --source."
            );

        static bool IsOrdinary(string file) => FileFacts.Of(file) is { Kind: FileKind.Ordinary }; // a pipe of that name would be waited for

        bool IsSame(string file) => GenerateRun.Hash(File.ReadAllBytes(file)) == source.Hash;
    }

    private static IEnumerable<string> Candidates(string picture, string name)
    {
        for (var folder = Path.GetDirectoryName(Path.GetFullPath(picture)); folder is not null; folder = Path.GetDirectoryName(folder))
            yield return Path.Combine(folder, name);
        var below = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = Depth,
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.Hidden | FileAttributes.System | FileAttributes.ReparsePoint,
        };
        foreach (var file in Directory.EnumerateFiles(Directory.GetCurrentDirectory(), "*", below).Take(MostFiles))
        {
            if (Path.GetFileName(file) == name)
                yield return file;
        }
    }
}
