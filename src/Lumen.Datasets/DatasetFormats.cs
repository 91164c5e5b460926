namespace Lumen.Datasets;

/// <summary>
/// The layouts that are built in, and which one a folder has. Others are known where <see cref="DatasetOptions.Formats"/> has them:
/// <c>Formats = [new MyFormat(), .. DatasetFormats.BuiltIn]</c>.
/// </summary>
public static class DatasetFormats
{
    /// <summary>The layouts in the order in which they are tried: what is most particular comes first.</summary>
    public static IReadOnlyList<IDatasetFormat> BuiltIn { get; } =
    [
        new ImageFolderFormat(),
        new CityscapesFormat(),
        new PascalVocFormat(),
        new CocoFormat(),
        new Ade20KFormat(),
        new KittiFormat(),
        new CamVidFormat(),
        new NyuFormat(),
        new FoldersFormat(),
        new ClassFoldersFormat(),
    ];

    /// <summary>What the built-in layouts are called.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. BuiltIn.Select(format => format.Name)];

    /// <summary>Opens a data set. Nothing but folders and the first lines of lists is read yet.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="format">One of the names of <see cref="DatasetOptions.Formats"/>, or null to find out.</param>
    /// <param name="options">What its files do not say.</param>
    /// <exception cref="LumenException">There is no such folder or format, or the folder is laid out in no known way.</exception>
    public static Dataset Open(string folder, string? format = null, DatasetOptions? options = null)
    {
        if (!Directory.Exists(folder))
            throw new LumenException(LumenErrorKind.File, $"There is no data set at {folder}: the folder does not exist. Check the path.");
        var tree = Tree(folder, options);
        var known = tree.Options.Formats.Where(one => format is null || one.Name == format).ToList();
        if (known.Count == 0)
            throw new LumenException(
                LumenErrorKind.Dataset,
                $"The data set format \"{format}\" is not known. Known are {NamesOf(options)}."
            );
        return known.Select(one => one.TryOpen(tree)).FirstOrDefault(found => found is not null)
            ?? throw new LumenException(
                LumenErrorKind.Dataset,
                $"{folder} is laid out in no way that is known. Expected: "
                    + $"{string.Join("; ", known.Select(one => $"{one.Name}: {one.Expected}"))}. Give the folder that holds these, "
                    + "not one above or below it."
            );
    }

    /// <summary>The data set in a folder, or null where it is laid out in no way that is known.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="options">What its files do not say.</param>
    public static Dataset? TryOpen(string folder, DatasetOptions? options = null)
    {
        var tree = Tree(folder, options);
        return tree.Options.Formats.Select(one => one.TryOpen(tree)).FirstOrDefault(found => found is not null);
    }

    /// <summary>The data set or pictures in a folder, or null where there is no picture in it or below it.</summary>
    public static Dataset? TryOpenPictures(string folder, DatasetOptions? options = null) =>
        TryOpen(folder, options) ?? PlainPictures.TryOpen(Tree(folder, options));

    /// <summary>
    /// Opens a data set, or a folder of pictures of any kind: what is trained on without labels need not be laid out in a known way.
    /// </summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="format">One of the names of <see cref="DatasetOptions.Formats"/>, or null to find out.</param>
    /// <param name="options">What its files do not say.</param>
    /// <exception cref="LumenException">There is no such folder or format, or no picture in it.</exception>
    public static Dataset OpenPictures(string folder, string? format = null, DatasetOptions? options = null)
    {
        if (format is not null || !Directory.Exists(folder))
            return Open(folder, format, options);
        return TryOpenPictures(folder, options)
            ?? throw new LumenException(
                LumenErrorKind.Dataset,
                $"{folder} is laid out in no way that is known, and there are no pictures in it or below it. Give the folder of a "
                    + $"data set ({NamesOf(options)}), or one of PNG, JPEG, WebP, TIFF or BMP files."
            );
    }

    private static string NamesOf(DatasetOptions? options) =>
        string.Join(", ", (options?.Formats ?? BuiltIn).Select(format => format.Name));

    private static DatasetTree Tree(string folder, DatasetOptions? options) =>
        new(Path.GetFullPath(folder)) { Options = options ?? new DatasetOptions() };
}
