using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Studio.Jobs;
using Lumen.Studio.Storage;

namespace Lumen.Studio.Safety;

/// <summary>Reads pictures that clients send: bounded in bytes, then in pixels, before anything is decoded.</summary>
internal sealed class UploadReader(GalleryFolder folder, StudioLimits limits)
{
    private readonly SemaphoreSlim _decoding = new(2); // a picture takes seven bytes a pixel while it is decoded

    /// <summary>The pixels of a picture, and the settings that its file holds.</summary>
    /// <param name="body">The file.</param>
    /// <param name="stop">Stops between two pieces.</param>
    /// <exception cref="LimitException">It is too large.</exception>
    /// <exception cref="LumenException">It is no picture, or damaged.</exception>
    public async Task<(Picture Picture, PictureSettings Settings)> Read(Stream body, CancellationToken stop)
    {
        var path = Path.Combine(folder.Uploads, $"{Guid.NewGuid():N}.png");
        try
        {
            await Save(body, path, stop).ConfigureAwait(false);
            await _decoding.WaitAsync(stop).ConfigureAwait(false);
            try
            {
                return Decode(path);
            }
            finally
            {
                _decoding.Release();
            }
        }
        catch (LumenException fault) when (fault is not LimitException)
        {
            var sentence = fault.Message.StartsWith(path, StringComparison.Ordinal)
                ? $"The file that was sent{fault.Message[path.Length..]}"
                : fault.Message;
            throw new LumenException(fault.Kind, sentence.Replace(path, "the file that was sent", StringComparison.Ordinal), fault);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private (Picture Picture, PictureSettings Settings) Decode(string path)
    {
        var (width, height) = PictureReader.ReadSize(path);
        if ((long)width * height > limits.UploadPixels)
            throw new LimitException(
                $"The picture has {width} x {height} pixels; at most {limits.UploadPixels} are accepted. Scale it down first."
            );
        return (PictureReader.Read(path), PictureSettings.OfFile(path));
    }

    private async Task Save(Stream body, string path, CancellationToken stop)
    {
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        var buffer = new byte[1 << 16];
        long total = 0;
        int read;
        while ((read = await body.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0)
        {
            total += read;
            if (total > limits.UploadBytes)
                throw new LimitException($"The picture has more than {limits.UploadBytes} bytes, the most that are accepted.");
            await file.WriteAsync(buffer.AsMemory(0, read), stop).ConfigureAwait(false);
        }
        if (total == 0)
            throw new LumenException(LumenErrorKind.Format, "The body is empty; the bytes of a picture are expected.");
    }
}

/// <summary>The settings in a picture file.</summary>
/// <param name="Record">What Lumen wrote, or null.</param>
/// <param name="Parameters">What AUTOMATIC1111's web UI and programs like it wrote, or null.</param>
/// <param name="Grid">What the studio wrote into the sheet of a grid, or null.</param>
internal sealed record PictureSettings(GenerationRecord? Record, string? Parameters, GridSettings? Grid)
{
    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => (Record, Parameters, Grid) is (null, null, null);

    /// <summary>Those of a file; all null where it is no PNG or holds none.</summary>
    /// <exception cref="LumenException">The record is damaged.</exception>
    public static PictureSettings OfFile(string path)
    {
        using (var file = File.OpenRead(path))
            if (file.ReadByte() != 0x89 || file.ReadByte() != 'P' || file.ReadByte() != 'N' || file.ReadByte() != 'G')
                return new(null, null, null);
        var text = PngReader.ReadText(path);
        var grid = GridSettings.Of(text.Lumen);
        return new(grid is null ? GenerationRecord.OfFile(path) : null, text.Parameters, grid);
    }
}
