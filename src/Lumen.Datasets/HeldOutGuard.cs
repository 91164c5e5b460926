using Lumen.Files;

namespace Lumen.Datasets;

/// <summary>Refuses held-out pictures of a data set where a part of it is given as if it were a folder of its own.</summary>
public static class HeldOutGuard
{
    private const int NamedLevels = 3;
    private const int DatasetLevels = 2;
    private static readonly EnumerationOptions Accessible = new() { IgnoreInaccessible = true };

    /// <summary>
    /// Refuses a folder called <c>test</c> beside one called <c>train</c>, anything in such a folder, and a folder of a data set that holds
    /// pictures of a held-out part; a folder without a training part is also refused where its own name begins with a held-out word
    /// (<c>val2017_small</c>), whatever is beside it.
    /// </summary>
    /// <exception cref="LumenException">It is one of these.</exception>
    public static void Require(Dataset dataset)
    {
        if (!dataset.Splits.Any(SplitNames.IsTraining) && Path.GetFileName(dataset.Root) is var name && SplitNames.BeginsHeldOut(name))
            throw Leak(dataset.Root, name, Path.GetDirectoryName(dataset.Root)!);
        Require(dataset.Root, dataset.Tree.Options.Formats);
    }

    /// <summary>The same by what is around a folder, whatever it holds.</summary>
    /// <exception cref="LumenException">It is one of these.</exception>
    /// <param name="folder">The folder.</param>
    /// <param name="formats">The layouts that a data set around it may have; null for the built-in ones.</param>
    public static void Require(string folder, IReadOnlyList<IDatasetFormat>? formats = null)
    {
        if (RealPath.Of(folder) is var real && real != Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))
            Require(real, formats); // a link to a held-out part
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var at = new DirectoryInfo(folder);
        for (var level = 0; level < NamedLevels && at.Parent is { } above && !SplitNames.BeginsTraining(at.Name); level++, at = above)
        {
            if (SplitNames.IsHeldOut(at.Name) && above.EnumerateDirectories("*", Accessible).Any(one => IsBeside(at.Name, one.Name)))
                throw Leak(folder, at.Name, above.FullName);
            if (level < DatasetLevels && HeldOutPartIn(above.FullName, folder, formats) is { } part)
                throw Leak(folder, part, above.FullName);
        }
    }

    // What is merely called lumen-test-7 in a folder that also holds trains is no part of theirs.
    private static bool IsBeside(string heldOut, string other) =>
        (SplitNames.BeginsHeldOut(heldOut) && SplitNames.BeginsTraining(other)) || SplitNames.AreCounterparts(heldOut, other);

    private static string? HeldOutPartIn(string dataset, string folder, IReadOnlyList<IDatasetFormat>? formats)
    {
        try
        {
            var options = new DatasetOptions { Links = LinkPolicy.Outside, Formats = formats ?? DatasetFormats.BuiltIn };
            if (DatasetFormats.TryOpen(dataset, options) is not { } whole)
                return null;
            return whole
                .Splits.Where(split => whole.Splits.Any(other => IsBeside(split, other)))
                .FirstOrDefault(split =>
                    whole
                        .Items(split)
                        .Any(item =>
                            whole.FullPath(item.Picture).StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
                        )
                );
        }
        catch (Exception fault) when (fault is LumenException or IOException or UnauthorizedAccessException)
        {
            return null; // what cannot be read is no data set
        }
    }

    private static LumenException Leak(string folder, string part, string dataset) =>
        new(
            $"{folder} holds pictures of the held-out part \"{part}\" of {dataset}: what was made from them could not be measured "
                + "on them any more. Give the data set's own folder, or its training part; where the name misleads, say so: "
                + "`AllowHeldOut`, \"allow_held_out\": true in a recipe's data."
        );
}
