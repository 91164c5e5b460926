using System.Text;

namespace Lumen.Files;

/// <summary>
/// Recognises by its first bytes a file that only stands for the one that was meant, whatever its name: what a clone without git-LFS
/// leaves, or what a server sends instead.
/// </summary>
public static class PlaceholderFile
{
    private static readonly byte[] Pointer = Encoding.ASCII.GetBytes("version https://git-lfs");

    /// <summary>What it is and what to do, in words; null where it is no such file.</summary>
    /// <param name="start">Its first bytes; some hundred are enough.</param>
    public static (string Title, string Advice)? Of(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(Pointer))
            return (
                "a git-LFS pointer, a few lines of text that stand for the real file",
                "Fetch the file itself: \"git lfs pull\" in that repository, or \"lumen model pull\""
            );
        return TextOf(start) is { } text && text.StartsWith('<')
            ? (
                "a web page (HTML or XML), which a download gives instead of a file where one must log in, accept a licence, or the "
                    + "file is gone",
                "Open its address in a browser, or fetch it with \"lumen model pull\" and a token"
            )
            : null;
    }

    /// <summary>The text that a file is, without white space and byte order mark in front; null for a file of bytes.</summary>
    /// <param name="start">Its first bytes.</param>
    public static string? TextOf(ReadOnlySpan<byte> start) =>
        start.Length == 0 || start.IndexOfAnyInRange((byte)0, (byte)8) >= 0
            ? null
            : Encoding.UTF8.GetString(start).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
}
