using Lumen.Core.Native;
using Lumen.Datasets;
using Lumen.Generation;
using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>Makes a recorded picture again.</summary>
public static class Reproduction
{
    /// <summary>Whether the manifest in a folder above a picture names it.</summary>
    /// <exception cref="LumenException">The manifest is damaged.</exception>
    public static bool IsInManifest(string picture)
    {
        for (var folder = Path.GetDirectoryName(Path.GetFullPath(picture)); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (!Directory.Exists(folder) || !Directory.EnumerateFiles(folder, "manifest*.jsonl").Any())
                continue;
            var name = Path.GetRelativePath(folder, Path.GetFullPath(picture)).Replace('\\', '/');
            return Manifest.Read(folder).Any(entry => entry.Item == name);
        }
        return false;
    }

    /// <summary>Finds the line of a picture: the manifest is in a folder above it.</summary>
    /// <param name="picture">Path of a generated picture.</param>
    /// <returns>The augmented data set's folder and the line.</returns>
    /// <exception cref="LumenException">There is no manifest above it, or none that names it.</exception>
    public static (string Folder, ManifestEntry Entry) Find(string picture)
    {
        var full = Path.GetFullPath(picture);
        for (var folder = Path.GetDirectoryName(full); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (!Directory.Exists(folder) || !Directory.EnumerateFiles(folder, "manifest*.jsonl").Any())
                continue;
            var name = Path.GetRelativePath(folder, full).Replace('\\', '/');
            return (
                folder,
                Manifest.Read(folder).FirstOrDefault(entry => entry.Item == name)
                    ?? throw new LumenException(
                        $"The manifest in {folder} does not name {name}, so it was not generated there. Give a picture that it names."
                    )
            );
        }
        var trouble = File.Exists(picture)
            ? "holds no record of how lumen generate made it (sheets, references and copies that another program saved hold none)"
            : "does not exist";
        throw new LumenException(
            $"{picture} {trouble}, and there is no manifest.jsonl in a folder above it. Give a picture that lumen generate wrote, "
                + "or one that lumen "
                + "augment wrote, in its place."
        );
    }

    /// <summary>Generates the picture again and writes it.</summary>
    /// <param name="generator">The model and adapter that made it.</param>
    /// <param name="entry">Its line.</param>
    /// <param name="source">The data set that holds its source.</param>
    /// <param name="path">Where to write it; its ending should be that of the original.</param>
    /// <param name="maskFolder">Folder of the masks, where original pixels were put back by masks.</param>
    /// <param name="stop">Stops between steps.</param>
    /// <returns>Whether the bytes are the same.</returns>
    /// <exception cref="LumenException">Model, adapter, basis, type or source are not those of the line; every difference is
    /// named.</exception>
    public static bool Run(
        ImageGenerator generator,
        ManifestEntry entry,
        Dataset source,
        string path,
        string? maskFolder = null,
        CancellationToken stop = default
    )
    {
        AugmentationBounds.Require(entry);
        RequireSame(generator, entry, source);
        var original = PictureReader.Read(source.FullPath(entry.Source));
        RequireWorkingSize(generator, entry, original);
        using var threads = entry.Threads > 0 ? new ThreadScope(entry.Threads) : null;
        using var maker = new VariantMaker(generator, entry.Generation, new VariantSizing(entry.Fit, Batch: entry.Batch));
        using var opened = maker.OpenAt(original, (entry.WorkingWidth, entry.WorkingHeight));
        var prompt = new PromptChoice(entry.Domain, entry.Style, entry.Prompt, entry.NegativePrompt);
        var made = maker.Make([new VariantRequest(opened, prompt, entry.Seed, entry.Generation.ConditioningScale)], stop)[0];
        var picture = made.PictureAt(opened.Original.Width, opened.Original.Height);
        if (entry.Feather is { } feather)
        {
            if (entry.KeepMaskSha256 is not null && maskFolder is null)
                throw new LumenException($"Pixels of {entry.Source} were put back by a mask. Give `KeepMask` the folder of the masks.");
            var item =
                source.Items(entry.Split).FirstOrDefault(item => item.Picture == entry.Source)
                ?? throw new LumenException(
                    $"The part {entry.Split} of {source.Root} does not list {entry.Source}, so its labels are not known. Give "
                        + "`Dataset` the original data set."
                );
            var kept = RegionKeeper.MaskOf(source, item, new KeptRegions(entry.KeepClasses ?? [], maskFolder, feather), opened.Original);
            if (kept is { } mask)
                picture = RegionKeeper.Blend(opened.Original, picture, mask.Mask, feather);
        }
        if (entry is { Width: > 0, Height: > 0 } && (entry.Width, entry.Height) != (picture.Width, picture.Height))
            picture = Resizing.Resize(picture, entry.Width, entry.Height);
        VariantMetadata.Write(
            path,
            picture,
            entry with
            {
                Agreement = Math.Round(made.Agreement.Mean, 6),
                LayoutSha256 = opened.LayoutSha256,
            },
            generator.Adapter!.Basis.Components
        );
        return ItemHash.OfFile(path, stop) == entry.Sha256;
    }

    // A working size has the source's proportions, up to a cell, and is no larger than options allow: a line that says otherwise would cost
    // memory without a bound.
    private static void RequireWorkingSize(ImageGenerator generator, ManifestEntry entry, Picture original)
    {
        var cell = WorkingSize.Of(generator.Model).Multiple;
        var scale = Math.Max(entry.WorkingWidth / (double)original.Width, entry.WorkingHeight / (double)original.Height);
        var fits =
            Math.Abs(entry.WorkingWidth - scale * original.Width) <= cell
            && Math.Abs(entry.WorkingHeight - scale * original.Height) <= cell;
        var most = Math.Max(AugmentationBounds.Resolution.Most, Math.Min(original.Width, original.Height)) + cell;
        if (fits && Math.Min(entry.WorkingWidth, entry.WorkingHeight) <= most)
            return;
        throw new LumenException(
            $"{entry.Item} cannot have been made at {entry.WorkingWidth} x {entry.WorkingHeight} from a source of {original.Width} "
                + $"x {original.Height}, as its line in the manifest says. Give a picture that lumen augment wrote."
        );
    }

    private static void RequireSame(ImageGenerator generator, ManifestEntry entry, Dataset source)
    {
        var differences = new List<string>();
        Compare("the model's weights", entry.Model?.WeightsSha256, generator.Model.WeightsHash);
        Compare("the adapter's weights", entry.Adapter?.WeightsSha256, generator.Adapter?.WeightsHash);
        Compare("the layout basis", entry.BasisSha256, generator.Adapter?.Basis.Hash);
        Compare("the compute type", entry.Dtype, VariantMetadata.TypeOf(generator));
        if (!source.Has(entry.Source))
            differences.Add($"{source.Root} does not hold the source {entry.Source}");
        else
            Compare("the source's file", entry.SourceSha256, ItemHash.OfFile(source.FullPath(entry.Source)));
        if (differences.Count > 0)
            throw new LumenException(
                $"{entry.Item} cannot be made again: {string.Join("; ", differences)}. Give the `Model`, `Adapter`, `Dtype` and "
                    + "`Dataset` it was made with."
            );

        void Compare(string what, string? then, string? now)
        {
            if (then != now)
                differences.Add($"{what} was {Short(then)} and is {Short(now)}");
        }
    }

    private static string Short(string? hash) => hash is { Length: > 12 } ? hash[..12] : hash ?? "nothing";
}
