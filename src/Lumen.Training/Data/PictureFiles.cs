using Lumen.Datasets;
using Lumen.Files;

namespace Lumen.Training.Data;

/// <summary>The picture files of a folder, in a fixed order.</summary>
public static class PictureFiles
{
    private const string Metadata = "metadata.jsonl";
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"];

    /// <summary>
    /// The pictures a Hugging Face imagefolder lists in <c>metadata.jsonl</c>; without that file, those directly in the folder, by name.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="links">Which symbolic links are followed.</param>
    /// <exception cref="LumenException">The folder or its pictures are missing, a line of the list cannot be used, or a picture lies
    /// outside the folder.</exception>
    public static IReadOnlyList<string> In(string folder, LinkPolicy links = LinkPolicy.Inside)
    {
        if (!Directory.Exists(folder))
            throw new LumenException($"There is no folder of pictures at {folder}. Check the path.");
        var (list, tree) = (
            Path.Combine(folder, Metadata),
            new DatasetTree(Path.GetFullPath(folder)) { Options = new DatasetOptions { Links = links } }
        );
        string[] files = File.Exists(list)
            ? [.. JsonFile.Lines(list).Select(line => tree.Full(FileName(line)))]
            :
            [
                .. Directory
                    .EnumerateFiles(folder)
                    .Where(IsPicture)
                    .Order(StringComparer.Ordinal)
                    .Select(path => tree.Full(Path.GetFileName(path))),
            ];
        return files.Length > 0
            ? files
            : throw new LumenException(
                $"{folder} holds no pictures. Expected {string.Join(", ", Extensions)} files directly in it, or a {Metadata} that "
                    + "lists them."
            );
    }

    /// <summary>
    /// The pictures that something may be fitted to, and what they are in words: those of <see cref="In"/>, or the training part of a data
    /// set.
    /// </summary>
    /// <exception cref="LumenException">As <see cref="In"/>, or they belong to a held-out part.</exception>
    /// <param name="folder">A data set or a folder of pictures.</param>
    /// <param name="allowHeldOut">Whether they may be.</param>
    /// <param name="links">Which symbolic links are followed.</param>
    /// <param name="formats">The layouts that a data set may have; null for the built-in ones.</param>
    public static (IReadOnlyList<string> Files, string Data) ForFitting(
        string folder,
        bool allowHeldOut = false,
        LinkPolicy links = LinkPolicy.Inside,
        IReadOnlyList<IDatasetFormat>? formats = null
    )
    {
        if (!Directory.Exists(folder))
            return (In(folder), "");
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        var dataset = DatasetFormats.TryOpenPictures(
            folder,
            new DatasetOptions { Links = links, Formats = formats ?? DatasetFormats.BuiltIn }
        );
        if (!allowHeldOut && dataset is null)
            HeldOutGuard.Require(folder, formats);
        else if (!allowHeldOut)
            HeldOutGuard.Require(dataset!);
        if (
            dataset is null
            || (
                dataset.Format == PlainPictures.FormatName
                && dataset.Splits is [SplitNames.All]
                && Directory.EnumerateFiles(folder).Any(IsPicture)
            )
        )
        {
            var files = In(folder, links);
            return (files, $"{name}, {files.Count} pictures");
        }
        var split = TrainingPart.Of(dataset, allowHeldOut: allowHeldOut);
        string[] training = [.. dataset.Items(split).Where(item => !item.IsGenerated).Select(item => dataset.FullPath(item.Picture))];
        return (
            training,
            split == SplitNames.All ? $"{name}, {training.Length} pictures" : $"{name}, part {split}, {training.Length} pictures"
        );
    }

    private static bool IsPicture(string file) =>
        Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase) && DatasetTree.Counts(Path.GetFileName(file));

    private static string FileName(JsonEntry line) =>
        line.Required("file_name") is var name && name.Text() is { Length: > 0 } text ? text : throw name.Fault("the name of a picture");
}
