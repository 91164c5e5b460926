using Lumen.Core.Imaging;
using Lumen.Datasets;
using Lumen.Generation;
using TorchSharp;

namespace Lumen.Augmentation;

/// <summary>Writes a new picture with everything beside it, and makes its line of the manifest.</summary>
internal sealed class VariantWriter(Dataset dataset, ImageGenerator generator, AugmentationOptions options, Outbox outbox)
{
    /// <summary>The mark of a picture that never reached the agreement asked for.</summary>
    public const string Rejected = "rejected";

    private readonly ManifestWeights _model = new(generator.Model.Name, generator.Model.WeightsHash);
    private readonly ManifestWeights _adapter = new(generator.Adapter!.Name, generator.Adapter.WeightsHash);
    private readonly string _sampler = options.Generation.SamplerName(generator.Model.Schedule);

    /// <summary>Writes the files, or none where the picture is rejected; the labels come first, so that no picture is ever without them.</summary>
    public ManifestEntry Write(DatasetItem item, OpenedSource source, int variant, PromptChoice prompt, MadePicture made)
    {
        var entry = Entry(item, source, variant, prompt, made);
        if (made.Map.Mean < (options.MinAgreement ?? double.MinValue)) return entry with { LeftOut = Rejected };
        var name = NameOf(item.Picture, variant);
        var labels = new List<ManifestFile>();
        foreach (var label in item.Labels)
        {
            var (from, to) = (dataset.FullPath(label.Name), dataset.VariantName(label.Name, variant));
            outbox.Copy(from, to);
            labels.Add(new ManifestFile(to, ItemHash.OfFile(from), label.Name));
        }
        var whole = entry with { Item = name, Generated = true, Labels = labels, Extras = Extras(item, source, variant, made, name) };
        var hash = "";
        outbox.Put(name, path =>
        {
            VariantRecord.Write(path, made.Picture, whole, generator.Adapter!.Basis.Components);
            hash = ItemHash.OfFile(path);
        });
        return whole with { Sha256 = hash };
    }

    /// <summary>What the caller is told.</summary>
    public AugmentationResult Result(DatasetItem item, OpenedSource source, int variant, PromptChoice prompt, MadePicture made) => new(item.Picture, variant)
    {
        Original = source.Picture.Original,
        Picture = made.Picture,
        Confidence = AgreementMap.Drawn(Pixels(source.Picture, made), made.Picture.Width, made.Picture.Height),
        PromptCut = generator.Model.Tokenizer.Encode(prompt.Prompt).Truncated,
    };

    private static float[] Pixels(SourcePicture source, MadePicture made) => made.Map.At(source.Padded, source.Working, (made.Picture.Width, made.Picture.Height));

    private List<ManifestFile> Extras(DatasetItem item, OpenedSource source, int variant, MadePicture made, string name)
    {
        var extras = new List<ManifestFile>();
        if (!options.Confidence && options.IgnoreBelow is null) return extras;
        var (pixels, width, height) = (Pixels(source.Picture, made), made.Picture.Width, made.Picture.Height);
        if (options.Confidence) Put($"confidence/{DatasetTree.Stem(name)}.png", path => PngWriter.WriteGray16(path, width, height, AgreementMap.Quantised(pixels)));
        if (options.IgnoreBelow is not { } limit) return extras;
        // What was put back from the original is true whatever the agreement of its cell.
        bool[] trusted = [.. pixels.Select((value, at) => value >= limit || source.Kept?[at] == true)];
        foreach (var label in item.Labels.Where(TrustedLabels.IsPossible))
            Put($"trusted/{dataset.VariantName(label.Name, variant)}", path => TrustedLabels.Write(dataset.FullPath(label.Name), path, label, dataset.Classes.Ignore ?? byte.MaxValue, trusted));
        return extras;

        void Put(string file, Action<string> write)
        {
            var hash = "";
            outbox.Put(file, path =>
            {
                write(path);
                hash = ItemHash.OfFile(path);
            });
            extras.Add(new ManifestFile(file, hash));
        }
    }

    private string NameOf(string picture, int variant)
    {
        var ending = Path.GetExtension(picture).ToLowerInvariant();
        var isJpeg = options.PictureType == PictureFileType.Jpeg || (options.PictureType == PictureFileType.Auto && !dataset.NamesEndings && ending is ".jpg" or ".jpeg");
        var name = dataset.VariantName(picture, variant);
        return isJpeg ? ending is ".jpg" or ".jpeg" ? name : DatasetTree.Stem(name) + ".jpg" : DatasetTree.Stem(name) + ".png";
    }

    private ManifestEntry Entry(DatasetItem item, OpenedSource source, int variant, PromptChoice prompt, MadePicture made) => new()
    {
        Source = item.Picture,
        Variant = variant,
        Split = item.Split,
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
        Width = made.Picture.Width,
        Height = made.Picture.Height,
        WorkingWidth = source.Picture.Working.Width,
        WorkingHeight = source.Picture.Working.Height,
        Dtype = VariantRecord.TypeOf(generator),
        Threads = torch.get_num_threads(),
        Agreement = Math.Round(made.Map.Mean, 6),
        KeepClasses = source.Kept is null || options.Keep!.Classes.Count == 0 ? null : options.Keep.Classes,
        KeepMaskSha256 = source.MaskSha256,
        Feather = source.Kept is null ? null : options.Keep!.Feather,
        Licences = options.Licences,
    };
}
