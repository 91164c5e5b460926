namespace Lumen.Files;

/// <summary>
/// Keeps a command from writing over what it reads, however the path is spelt: through links, by another name of the same file, with
/// <c>..</c>, or into a folder that is an input.
/// </summary>
public static class InputGuard
{
    /// <summary>Refuses an output that is one of the inputs, or a file that is there already in a folder that is one.</summary>
    /// <param name="output">Path that will be written.</param>
    /// <param name="inputs">Files and folders that are read; null and empty ones are passed over.</param>
    /// <exception cref="LumenException">The output is read as well.</exception>
    public static void RequireOther(string output, params IEnumerable<string?> inputs)
    {
        if (string.IsNullOrWhiteSpace(output) || output.Contains('\0'))
            return; // refused where it is written
        var (real, there) = (RealPath.Of(output), FileFacts.Of(output));
        foreach (var input in inputs)
        {
            if (string.IsNullOrWhiteSpace(input) || input.Contains('\0'))
                continue;
            var (own, facts) = (RealPath.Of(input), FileFacts.Of(input));
            var isSame = real == own || (there?.Identity is { } identity && identity == facts?.Identity);
            if (isSame || (there is not null && facts is { Kind: FileKind.Folder } && RealPath.IsInside(real, own)))
                throw new LumenException(
                    LumenErrorKind.File,
                    $"{output} would be written over although it is {(isSame ? "" : "part of ")}the input {input}. Choose another "
                        + "path for the output."
                );
        }
    }

    /// <summary>Refuses a folder for results that holds one of the inputs.</summary>
    /// <param name="folder">Folder that will be written into.</param>
    /// <param name="inputs">Files and folders that are read; null and empty ones are passed over.</param>
    /// <exception cref="LumenException">An input lies in it.</exception>
    public static void RequireApart(string folder, params IEnumerable<string?> inputs)
    {
        if (string.IsNullOrWhiteSpace(folder) || folder.Contains('\0'))
            return;
        var real = RealPath.Of(folder);
        foreach (
            var input in inputs.Where(input =>
                !string.IsNullOrWhiteSpace(input) && !input.Contains('\0') && FileFacts.Of(input) is not null
            )
        )
        {
            if (RealPath.IsInside(RealPath.Of(input!), real))
                throw new LumenException(
                    LumenErrorKind.File,
                    $"The input {input} lies in the folder for the results, {folder}, and would be written over. Choose another "
                        + "folder for the results."
                );
        }
    }
}
