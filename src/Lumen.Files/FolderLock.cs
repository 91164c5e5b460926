using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Lumen.Files;

/// <summary>
/// The right of one run to write into a folder: an open file that says who holds it. The system gives it back when the process ends,
/// however it ends, so that what a killed run leaves behind blocks no later one.
/// </summary>
public sealed partial class FolderLock : IDisposable
{
    private const string FileName = ".lumen.lock";
    private const int MostLetters = 300,
        Attempts = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private readonly string _path;
    private readonly FileStream _stream;

    private FolderLock(string path, FileStream stream) => (_path, _stream) = (path, stream);

    /// <summary>Takes a whole folder, which is made if it is absent.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="work">What is done there, to tell the next process: <c>lumen train vae</c>.</param>
    /// <exception cref="LumenException">Another run has it, which is named; or it cannot be written.</exception>
    public static FolderLock Take(string folder, string work)
    {
        var path = Path.Combine(folder, FileName);
        for (var attempt = 1; ; attempt++)
        {
            if (TryTake(path, work) is { } taken)
                return taken;
            if (HolderOf(path) is { } holder)
                throw InUse(folder, holder);
            if (attempt == Attempts)
                throw InUse(folder, "another process"); // each time another one that has just ended, or only asked
            Thread.Sleep(Pause);
        }
    }

    /// <summary>Refuses a folder that another run has.</summary>
    /// <exception cref="LumenException">It has, and is named.</exception>
    public static void Require(string folder)
    {
        if (HolderOf(Path.Combine(folder, FileName)) is { } holder)
            throw InUse(folder, holder);
    }

    /// <summary>Takes a lock file; null if another run has it.</summary>
    /// <exception cref="LumenException">It cannot be written.</exception>
    public static FolderLock? TryTake(string path, string work)
    {
        var (holder, mark) = (Describe(work), Guid.NewGuid().ToString("N"));
        while (true)
        {
            if (Open(path) is not { } stream)
                return null;
            // The last holder removes the file at the end: it may be gone, or be another one, by now.
            Write(stream, $"{holder}\n{mark}\n");
            if (OperatingSystem.IsWindows() || TextOf(path).Contains(mark, StringComparison.Ordinal))
                return new FolderLock(path, stream);
            stream.Dispose();
        }
    }

    /// <summary>Takes a lock file, waiting for its holder: for what several runs share and any of them may make.</summary>
    /// <exception cref="LumenException">It cannot be written.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public static FolderLock Wait(string path, string work, CancellationToken stop)
    {
        while (true)
        {
            if (TryTake(path, work) is { } taken)
                return taken;
            stop.WaitHandle.WaitOne(Pause);
            stop.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Who holds a lock file, in words; null for none.</summary>
    public static string? HolderOf(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            using var probe = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception fault) when (fault is UnauthorizedAccessException || IsHeld(fault))
        {
            return Plain(TextOf(path).Split('\n')[0]) is { Length: > 0 } text ? text : "another process";
        }
    }

    /// <summary>Gives the folder back.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(_path); // while it is still held, so that no later lock is removed
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The lock ends with the handle.
        }
        _stream.Dispose();
    }

    private static LumenException InUse(string folder, string holder) =>
        new(
            LumenErrorKind.File,
            $"{folder} is in use by another run: {holder}. Wait until it is done or stop it, or choose another output folder."
        );

    private static FileStream? Open(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault) when (IsHeld(fault))
        {
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new LumenException(
                $"The lock file {path} cannot be written: {fault.Message} Choose a folder that may be written, on a disk with free space.",
                fault
            );
        }
    }

    private static void Write(FileStream stream, string holder)
    {
        stream.SetLength(0);
        stream.Write(Encoding.UTF8.GetBytes(holder));
        stream.Flush();
    }

    // Managed streams ask for a lock to read, too, which the holder does not share.
    private static string TextOf(string path)
    {
        if (OperatingSystem.IsWindows())
            return "";
        var file = OpenToRead(path, 0);
        if (file < 0)
            return "";
        var bytes = new byte[2 * MostLetters];
        var read = (int)Read(file, bytes, bytes.Length);
        _ = Close(file);
        return read > 0 ? Encoding.UTF8.GetString(bytes, 0, read) : "";
    }

    private static string Describe(string work) =>
        Plain(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{work}, process {Environment.ProcessId} on {Environment.MachineName}, since {DateTime.UtcNow:yyyy-MM-dd HH:mm:ss} UTC"
            )
        );

    // Anybody may have written the file.
    private static string Plain(string text) =>
        new([.. text.Take(MostLetters).Select(letter => letter is >= ' ' and <= '~' ? letter : '?')]);

    // EWOULDBLOCK on Linux and macOS, a sharing violation on Windows.
    private static bool IsHeld(Exception fault) => fault is IOException && fault.HResult is 11 or 35 or unchecked((int)0x80070020);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenToRead(string path, int flags);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int file, [Out] byte[] buffer, nint count);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}
