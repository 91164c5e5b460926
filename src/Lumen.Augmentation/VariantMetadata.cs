using System.Globalization;
using System.Text.Json;
using Lumen.Files;
using Lumen.Generation;
using Lumen.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace Lumen.Augmentation;

/// <summary>
/// What is recorded of a new picture: its line of the manifest, and the metadata inside its file. The metadata are made from nothing but
/// that line, so that writing the picture again gives the same bytes.
/// </summary>
internal sealed class VariantMetadata(ImageGenerator generator, VariantMaker maker, AugmentationOptions options)
{
    private readonly int _threads = torch.get_num_threads(); // of the thread that computes, which was told them: Reproduction sets the same
    private readonly ManifestWeights _model = new(generator.Model.Name, generator.Model.WeightsHash);
    private readonly ManifestWeights _adapter = new(generator.Adapter!.Name, generator.Adapter.WeightsHash);
    private readonly GenerationOptions _generation = options.Generation with
    {
        Scheduler = options.Generation.SchedulerFor(generator.Model.Schedule),
    };

    /// <summary>The line of a picture, without the files that are written.</summary>
    /// <param name="variant">The picture as it was made.</param>
    /// <param name="picture">The picture at its final size.</param>
    public ManifestEntry EntryOf(GeneratedVariant variant, Picture picture)
    {
        var (request, source, file) = (variant.Request, variant.Request.Source, variant.Request.Source.File!);
        return new()
        {
            Source = file.Item.Picture,
            Variant = request.Number,
            Split = file.Item.Split,
            SourceSha256 = file.Sha256,
            LayoutSha256 = source.LayoutSha256,
            Model = _model,
            Adapter = _adapter,
            BasisSha256 = generator.Adapter!.Basis.Hash,
            Prompt = request.Prompt.Prompt,
            Domain = request.Prompt.Domain,
            Style = request.Prompt.Style,
            Attempt = request.Attempt,
            Generation = _generation with
            {
                NegativePrompt = request.Prompt.Negative,
                Seed = request.Seed,
                ConditioningScale = request.ConditioningScale,
            },
            Width = picture.Width,
            Height = picture.Height,
            WorkingWidth = source.Working.Width,
            WorkingHeight = source.Working.Height,
            Dtype = VariantMetadata.TypeOf(generator),
            Threads = _threads,
            Fit = options.Fit,
            Batch = maker.RecordedBatch(source),
            Agreement = Math.Round(variant.Agreement.Mean, 6),
            Obedience = variant.Obedience,
            KeepClasses = file.Kept is null || options.Keep!.Classes.Count == 0 ? null : options.Keep.Classes,
            KeepMaskSha256 = file.Kept?.MaskSha256,
            Feather = file.Kept is null ? null : options.Keep!.Feather,
            Licences = options.Licences,
        };
    }

    /// <summary>The compute type of a generator.</summary>
    public static string TypeOf(ImageGenerator generator) =>
        generator.Model.Placement.Compute == ScalarType.BFloat16 ? "bfloat16" : "float32";

    /// <summary>Writes a picture file; its ending says which type.</summary>
    public static void Write(string path, Picture picture, ManifestEntry entry, int components)
    {
        var text = Record(entry, components).ToPngText();
        if (path.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
            PngWriter.WriteRgb(path, picture, text);
        else
            JpegWriter.Write(path, picture, text.Lumen);
    }

    /// <summary>
    /// The first difference between a written picture and its line of the manifest, as a sentence; null where there is none, or where the
    /// picture says nothing.
    /// </summary>
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
            if (record.Kind != JsonValueKind.Object)
                return null;
        }
        catch (LumenException)
        {
            return null; // a comment that was too long for its file is cut short
        }
        return Difference("prompt", entry.Prompt)
            ?? Difference("negative_prompt", entry.NegativePrompt)
            ?? Difference("scheduler", entry.Generation.Scheduler ?? "")
            ?? Number("seed", entry.Seed)
            ?? Number("num_inference_steps", (ulong)Math.Max(0, entry.Generation.NumInferenceSteps));

        string? Difference(string name, string expected) =>
            record[name]?.TryText() is { } own && own != expected
                ? $"{entry.Item}: its {name} is \"{Short(own)}\" in the picture itself but \"{Short(expected)}\" in the manifest."
                : null;

        string? Number(string name, ulong expected) =>
            record[name] is { Kind: JsonValueKind.Number } own && own.Value.TryGetUInt64(out var value) && value != expected
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{entry.Item}: its {name} is {value} in the picture itself but {expected} in the manifest."
                )
                : null;
    }

    private static GenerationRecord Record(ManifestEntry entry, int components) =>
        new()
        {
            Prompt = entry.Prompt,
            Options = entry.Generation with { Width = entry.Width, Height = entry.Height },
            Model = (entry.Model!.Name, entry.Model.WeightsSha256),
            Adapter = (entry.Adapter!.Name, entry.Adapter.WeightsSha256),
            Source = ("reference", entry.Source, entry.SourceSha256),
            Layout = new LayoutRecord(
                entry.BasisSha256,
                entry.LayoutSha256,
                (entry.Generation.Components ?? components, components),
                entry.Agreement
            ),
            Obedience = entry.Obedience,
            ComputeType = entry.Dtype,
        };

    private static string Short(string text) => text.Length > 80 ? text[..80] + "..." : text;
}
