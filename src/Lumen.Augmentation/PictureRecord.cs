using System.Globalization;
using Lumen.Files;
using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>
/// What a generated picture says about itself, compared with its line of the manifest: both were written from the same values.
/// </summary>
internal static class PictureRecord
{
    /// <summary>The first difference as a sentence; null where there is none, or where the picture says nothing.</summary>
    public static string? FaultOf(string path, ManifestEntry entry)
    {
        JsonEntry record;
        try
        {
            if (
                (path.EndsWith(".png", StringComparison.OrdinalIgnoreCase) ? PngReader.ReadText(path).Lumen : JpegWriter.ReadComment(path))
                is not { } text
            )
                return null;
            record = JsonFile.Parse(text, path);
            if (record.Kind != System.Text.Json.JsonValueKind.Object)
                return null;
        }
        catch (LumenException)
        {
            return null; // a comment that was too long for its file is cut short
        }
        return Difference("prompt", entry.Prompt)
            ?? Difference("negative_prompt", entry.NegativePrompt)
            ?? Difference("scheduler", entry.Scheduler)
            ?? Number("seed", entry.Seed)
            ?? Number("num_inference_steps", (ulong)Math.Max(0, entry.NumInferenceSteps));

        string? Difference(string name, string expected) =>
            record[name]?.TryText() is { } own && own != expected
                ? $"{entry.Item}: its {name} is \"{Short(own)}\" in the picture itself but \"{Short(expected)}\" in the manifest."
                : null;

        string? Number(string name, ulong expected) =>
            record[name] is { Kind: System.Text.Json.JsonValueKind.Number } own
            && own.Value.TryGetUInt64(out var value)
            && value != expected
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{entry.Item}: its {name} is {value} in the picture itself but {expected} in the manifest."
                )
                : null;
    }

    private static string Short(string text) => text.Length > 80 ? text[..80] + "..." : text;
}
