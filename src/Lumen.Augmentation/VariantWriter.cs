using System.Text;
using Lumen.Datasets;
using Lumen.Files;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Models.Text;

namespace Lumen.Augmentation;

/// <summary>File type of new pictures.</summary>
public enum PictureFileType
{
    /// <summary>PNG where the data set's lists name endings; otherwise what the source is, so that readers find it.</summary>
    Auto,

    /// <summary>PNG: every pixel is kept.</summary>
    Png,

    /// <summary>JPEG.</summary>
    Jpeg,
}

/// <summary>Writes a new picture with everything beside it, and makes its line of the manifest.</summary>
internal sealed class VariantWriter(
    Dataset dataset,
    ImageGenerator generator,
    VariantMaker maker,
    AugmentationOptions options,
    StagedWriter staged
)
{
    /// <summary>The mark of a picture that never reached the agreement and obedience asked for.</summary>
    public const string Rejected = "rejected";

    private readonly VariantMetadata _metadata = new(generator, maker, options);

    /// <summary>Whether a picture has the agreement and the obedience asked for; what has no obedience obeys.</summary>
    public bool IsAccepted(GeneratedVariant variant) =>
        variant.Agreement.Mean >= (options.MinAgreement ?? double.MinValue)
        && (variant.Obedience?.Score ?? 1) >= (options.MinObedience ?? double.MinValue);

    /// <summary>The result where nothing could be made.</summary>
    public static AugmentationResult Failed(VariantRequest request, string failure) =>
        new(request.Source.File!.Item.Picture, request.Number) { Failure = failure };

    /// <summary>
    /// Brings a picture to its final size, puts kept regions back, and writes it with everything beside it; of a rejected one nothing is
    /// written.
    /// </summary>
    /// <returns>The line of the manifest and what the caller sees; a failure where a label of the source cannot be read.</returns>
    public AugmentationResult Write(GeneratedVariant variant)
    {
        var (request, file, original) = (variant.Request, variant.Request.Source.File!, variant.Request.Source.Original);
        var name = NameOf(file.Item.Picture, request.Number);
        var (picture, kept) = (variant.PictureAt(original.Width, original.Height), file.Kept?.Mask);
        if (kept is not null)
            picture = RegionKeeper.Blend(original, picture, kept, options.Keep!.Feather);
        var agreement = variant.AgreementAt(original.Width, original.Height);
        if (!IsAccepted(variant))
        {
            RemoveEarlier(request, name);
            return Result(_metadata.EntryOf(variant, picture) with { LeftOut = Rejected }, original, picture, agreement);
        }
        Dictionary<string, LabelRaster> resized;
        List<(string Label, LabelRaster Raster)> trusted;
        try
        {
            // What was put back from the original is true whatever the agreement of its cell.
            bool IsTrusted(float value, int at) => value >= options.IgnoreBelow || kept?[at] == true;
            trusted = options.IgnoreBelow is null ? [] : Trusted(request, [.. agreement.Select(IsTrusted)]);
            resized = options.Size is { } final ? Resized(file.Item, original, final) : [];
        }
        catch (Exception fault) when (fault is LumenException or IOException or UnauthorizedAccessException)
        {
            return Failed(request, fault.Message); // a folder that cannot be written ends the run instead
        }
        if (options.Size is { } size)
        {
            agreement = Resizing.ResizeIds<float>(agreement, (picture.Width, picture.Height), size);
            picture = Resizing.Resize(picture, size.Width, size.Height);
        }
        // Labels come first, so that no picture is ever without them.
        var entry = _metadata.EntryOf(variant, picture) with
        {
            Item = name,
            Generated = true,
            Labels = WriteLabels(request, resized),
            Extras = WriteExtras(request, name, picture, agreement, trusted),
        };
        var hash = Put(name, path => VariantMetadata.Write(path, picture, entry, generator.Adapter!.Basis.Components));
        return Result(entry with { Sha256 = hash }, original, picture, agreement);
    }

    private AugmentationResult Result(ManifestEntry entry, Picture original, Picture picture, float[] agreement) =>
        new(entry.Source, entry.Variant)
        {
            Entry = entry,
            Original = original,
            Picture = picture,
            Confidence = AgreementMap.Drawn(agreement, picture.Width, picture.Height),
            PromptCut = generator.Model.Tokenizer.Encode(WeightedPrompt.Parse(entry.Prompt)).Truncated,
        };

    // One that an earlier run made with another prompt is not in the manifest any more.
    private void RemoveEarlier(VariantRequest request, string name)
    {
        string[] labels = [.. request.Source.File!.Item.Labels.Select(label => dataset.VariantName(label.Name, request.Number))];
        foreach (
            var file in labels
                .Concat(labels.Select(label => $"trusted/{label}"))
                .Append(ConfidenceOf(name))
                .Prepend(name)
                .Concat(CaptionOf(request) is { } caption ? [caption] : [])
        )
            staged.Remove(file);
    }

    // Labels without the pixels that are not trusted.
    private List<(string Label, LabelRaster Raster)> Trusted(VariantRequest request, bool[] isTrusted) =>
        [
            .. from label in request.Source.File!.Item.Labels
            where label.IsPng
            let ignore = label.Kind == LabelKind.Classes ? options.IgnoreLabel ?? label.Ignore : label.Ignore
            where ignore is not null
            let masked = RasterOf(label, request.Source.Original).Masked(ignore.Value, isTrusted)
            select (label.Name, options.Size is { } size ? masked.Resized(size.Width, size.Height) : masked),
        ];

    private Dictionary<string, LabelRaster> Resized(DatasetItem item, Picture original, (int Width, int Height) size) =>
        item.Labels.ToDictionary(label => label.Name, label => RasterOf(label, original).Resized(size.Width, size.Height));

    private LabelRaster RasterOf(LabelFile label, Picture original) =>
        LabelRaster.Read(dataset.FullPath(label.Name), label, (original.Width, original.Height));

    private List<ManifestFile> WriteLabels(VariantRequest request, Dictionary<string, LabelRaster> resized)
    {
        var labels = new List<ManifestFile>();
        foreach (var label in request.Source.File!.Item.Labels)
        {
            var (from, to) = (dataset.FullPath(label.Name), dataset.VariantName(label.Name, request.Number));
            if (resized.TryGetValue(label.Name, out var raster))
            {
                labels.Add(new ManifestFile(to, Put(to, raster.Write)));
                continue;
            }
            staged.Copy(from, to);
            labels.Add(new ManifestFile(to, ItemHash.OfFile(from), label.Name));
        }
        return labels;
    }

    private List<ManifestFile> WriteExtras(
        VariantRequest request,
        string name,
        Picture picture,
        float[] agreement,
        List<(string Label, LabelRaster Raster)> trusted
    )
    {
        var extras = new List<ManifestFile>();
        var (width, height) = (picture.Width, picture.Height);
        if (options.Confidence)
            Add(ConfidenceOf(name), path => PngWriter.WriteGray16(path, width, height, AgreementMap.Quantised(agreement)));
        // Where captions are text files, a new picture's is its prompt.
        if (CaptionOf(request) is { } caption)
            Add(caption, path => AtomicFile.Write(path, Encoding.UTF8.GetBytes(request.Prompt.Prompt + "\n")));
        foreach (var (label, raster) in trusted)
            Add($"trusted/{dataset.VariantName(label, request.Number)}", raster.Write);
        return extras;

        void Add(string file, Action<string> write) => extras.Add(new ManifestFile(file, Put(file, write)));
    }

    // The hash of what was written.
    private string Put(string file, Action<string> write)
    {
        var hash = "";
        staged.Put(
            file,
            path =>
            {
                write(path);
                hash = ItemHash.OfFile(path);
            }
        );
        return hash;
    }

    private static string ConfidenceOf(string name) => $"confidence/{DatasetTree.Stem(name)}.png";

    private string? CaptionOf(VariantRequest request) =>
        dataset.CaptionFileOf(request.Source.File!.Item with { Caption = null }) is { } file
            ? dataset.VariantName(file, request.Number)
            : null;

    private string NameOf(string picture, int number)
    {
        var ending = Path.GetExtension(picture).ToLowerInvariant();
        var isJpeg =
            options.PictureType == PictureFileType.Jpeg
            || (options.PictureType == PictureFileType.Auto && !dataset.NamesEndings && ending is ".jpg" or ".jpeg");
        var name = dataset.VariantName(picture, number);
        return isJpeg
            ? ending is ".jpg" or ".jpeg"
                ? name
                : DatasetTree.Stem(name) + ".jpg"
            : DatasetTree.Stem(name) + ".png";
    }
}
