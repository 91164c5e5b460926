using System.Text;
using Lumen.Datasets;
using Lumen.Files;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Models.Text;
using TorchSharp;

namespace Lumen.Augmentation;

/// <summary>Writes a new picture with everything beside it, and makes its line of the manifest.</summary>
internal sealed class VariantWriter(
    Dataset dataset,
    ImageGenerator generator,
    VariantMaker maker,
    AugmentationOptions options,
    StagedWriter outbox
)
{
    /// <summary>The mark of a picture that never reached the agreement asked for.</summary>
    public const string Rejected = "rejected";

    private readonly int _threads = FixedThreads(); // of the thread that computes
    private readonly ManifestWeights _model = new(generator.Model.Name, generator.Model.WeightsHash);
    private readonly ManifestWeights _adapter = new(generator.Adapter!.Name, generator.Adapter.WeightsHash);
    private readonly string _sampler = options.Generation.SamplerName(generator.Model.Schedule);

    /// <summary>
    /// Brings a picture to its source's size, puts kept regions back, and makes ready what is written beside it. Nothing is written yet.
    /// </summary>
    public FinishedPicture Finish(OpenVariant variant, MadePicture made)
    {
        var (source, original) = (variant.Source, variant.Source.Picture.Original);
        var picture = made.At(original.Width, original.Height);
        if (source.Kept is { } mask)
            picture = RegionKeeper.Blend(original, picture, mask, options.Keep!.Feather);
        var agreement = made.Map.At(source.Picture.Padded, source.Picture.Working, (picture.Width, picture.Height));
        var finished = new FinishedPicture(made, picture, agreement);
        if (!IsAccepted(made))
            return finished;
        if (options.IgnoreBelow is { } limit)
        {
            // What was put back from the original is true whatever the agreement of its cell.
            bool[] trusted = [.. agreement.Select((value, at) => value >= limit || source.Kept?[at] == true)];
            finished = finished with
            {
                Trusted =
                [
                    .. from label in variant.Item.Labels
                    where label.IsPng
                    let ignore = label.Kind == LabelKind.Classes ? options.IgnoreLabel ?? label.Ignore : label.Ignore
                    where ignore is not null
                    select (
                        $"trusted/{dataset.VariantName(label.Name, variant.Variant)}",
                        RasterOf(label, original).Masked(ignore.Value, trusted)
                    ),
                ],
            };
        }
        if (options.Size is not { } size)
            return finished;
        return finished with
        {
            Picture = Resizing.Resize(picture, size.Width, size.Height),
            Agreement = Resizing.ResizeIds<float>(agreement, (picture.Width, picture.Height), size),
            Trusted = [.. finished.Trusted.Select(one => (one.Name, one.Labels.Resized(size.Width, size.Height)))],
            Labels = variant.Item.Labels.ToDictionary(
                label => label.Name,
                label => RasterOf(label, original).Resized(size.Width, size.Height)
            ),
        };
    }

    /// <summary>
    /// Writes the files, or none where the picture is rejected; the labels come first, so that no picture is ever without them.
    /// </summary>
    public ManifestEntry Write(OpenVariant variant, FinishedPicture finished)
    {
        var entry = Entry(variant, finished);
        var name = NameOf(variant.Item.Picture, variant.Variant);
        if (!IsAccepted(finished.Made))
        {
            RemoveEarlier(variant, name);
            return entry with { LeftOut = Rejected };
        }
        var labels = new List<ManifestFile>();
        foreach (var label in variant.Item.Labels)
        {
            var (from, to) = (dataset.FullPath(label.Name), dataset.VariantName(label.Name, variant.Variant));
            if (finished.Labels.TryGetValue(label.Name, out var resampled))
            {
                labels.Add(new ManifestFile(to, Put(to, resampled.Write)));
                continue;
            }
            outbox.Copy(from, to);
            labels.Add(new ManifestFile(to, ItemHash.OfFile(from), label.Name));
        }
        var whole = entry with { Item = name, Generated = true, Labels = labels, Extras = Extras(variant, finished, name) };
        return whole with
        {
            Sha256 = Put(name, path => VariantRecord.Write(path, finished.Picture, whole, generator.Adapter!.Basis.Components)),
        };
    }

    /// <summary>What the caller is told.</summary>
    public AugmentationResult Result(OpenVariant variant, FinishedPicture finished) =>
        new(variant.Item.Picture, variant.Variant)
        {
            Original = variant.Source.Picture.Original,
            Picture = finished.Picture,
            Confidence = AgreementMap.Drawn(finished.Agreement, finished.Picture.Width, finished.Picture.Height),
            PromptCut = generator.Model.Tokenizer.Encode(WeightedPrompt.Parse(variant.Prompt.Prompt)).Truncated,
        };

    /// <summary>Whether a picture has the agreement asked for.</summary>
    public bool IsAccepted(MadePicture made) => made.Map.Mean >= (options.MinAgreement ?? double.MinValue);

    // Until a number is set, MKL takes fewer threads for a product as it sees fit, which changes last digits; Reproduction sets the
    // recorded number too.
    private static int FixedThreads()
    {
        var threads = torch.get_num_threads();
        torch.set_num_threads(threads);
        return threads;
    }

    // One that an earlier run made with another prompt is not in the manifest any more.
    private void RemoveEarlier(OpenVariant variant, string name)
    {
        string[] labels = [.. variant.Item.Labels.Select(label => dataset.VariantName(label.Name, variant.Variant))];
        foreach (
            var file in labels
                .Concat(labels.Select(label => $"trusted/{label}"))
                .Append(ConfidenceOf(name))
                .Prepend(name)
                .Concat(CaptionOf(variant) is { } caption ? [caption] : [])
        )
            outbox.Remove(file);
    }

    private string? CaptionOf(OpenVariant variant) =>
        dataset.CaptionFileOf(variant.Item with { Caption = null }) is { } file ? dataset.VariantName(file, variant.Variant) : null;

    private static string ConfidenceOf(string name) => $"confidence/{DatasetTree.Stem(name)}.png";

    private List<ManifestFile> Extras(OpenVariant variant, FinishedPicture finished, string name)
    {
        var extras = new List<ManifestFile>();
        var (width, height) = (finished.Picture.Width, finished.Picture.Height);
        if (options.Confidence)
            Add(ConfidenceOf(name), path => PngWriter.WriteGray16(path, width, height, AgreementMap.Quantised(finished.Agreement)));
        // Where captions are text files, a new picture's is its prompt.
        if (CaptionOf(variant) is { } caption)
            Add(caption, path => AtomicFile.Write(path, Encoding.UTF8.GetBytes(variant.Prompt.Prompt + "\n")));
        foreach (var (file, raster) in finished.Trusted)
            Add(file, raster.Write);
        return extras;

        void Add(string file, Action<string> write) => extras.Add(new ManifestFile(file, Put(file, write)));
    }

    private LabelRaster RasterOf(LabelFile label, Picture original) =>
        LabelRaster.Read(dataset.FullPath(label.Name), label, (original.Width, original.Height));

    // The hash of what was written.
    private string Put(string file, Action<string> write)
    {
        var hash = "";
        outbox.Put(
            file,
            path =>
            {
                write(path);
                hash = ItemHash.OfFile(path);
            }
        );
        return hash;
    }

    private string NameOf(string picture, int variant)
    {
        var ending = Path.GetExtension(picture).ToLowerInvariant();
        var isJpeg =
            options.PictureType == PictureFileType.Jpeg
            || (options.PictureType == PictureFileType.Auto && !dataset.NamesEndings && ending is ".jpg" or ".jpeg");
        var name = dataset.VariantName(picture, variant);
        return isJpeg
            ? ending is ".jpg" or ".jpeg"
                ? name
                : DatasetTree.Stem(name) + ".jpg"
            : DatasetTree.Stem(name) + ".png";
    }

    private ManifestEntry Entry(OpenVariant variant, FinishedPicture finished) =>
        Entry(variant, variant.Source, variant.Prompt, finished.Made) with
        {
            Width = finished.Picture.Width,
            Height = finished.Picture.Height,
        };

    private ManifestEntry Entry(OpenVariant variant, OpenedSource source, PromptChoice prompt, MadePicture made) =>
        new()
        {
            Source = variant.Item.Picture,
            Variant = variant.Variant,
            Split = variant.Item.Split,
            SourceSha256 = source.Sha256,
            LayoutSha256 = source.Picture.LayoutSha256,
            Model = _model,
            Adapter = _adapter,
            BasisSha256 = generator.Adapter!.Basis.Hash,
            Prompt = prompt.Prompt,
            NegativePrompt = prompt.Negative,
            Domain = prompt.Domain,
            Style = prompt.Style,
            Seed = made.Seed,
            Attempt = made.Attempt,
            NumInferenceSteps = options.Generation.Steps,
            Scheduler = _sampler,
            Eta = options.Generation.Eta,
            GuidanceScale = options.Generation.GuidanceScale,
            ControlnetConditioningScale = made.Strength,
            ControlGuidanceStart = options.Generation.ControlStart,
            ControlGuidanceEnd = options.Generation.ControlEnd,
            WorkingWidth = source.Picture.Working.Width,
            WorkingHeight = source.Picture.Working.Height,
            Dtype = VariantRecord.TypeOf(generator),
            Threads = _threads,
            Fit = options.Fit,
            Batch = maker.RecordedBatch(source.Picture),
            Agreement = Math.Round(made.Map.Mean, 6),
            KeepClasses = source.Kept is null || options.Keep!.Classes.Count == 0 ? null : options.Keep.Classes,
            KeepMaskSha256 = source.MaskSha256,
            Feather = source.Kept is null ? null : options.Keep!.Feather,
            Licences = options.Licences,
        };
}
