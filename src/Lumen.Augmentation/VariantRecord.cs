using Lumen.Generation;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Augmentation;

/// <summary>
/// Writes a new picture with everything that made it inside, from nothing but its line in the manifest: so writing it again gives the same
/// bytes.
/// </summary>
internal static class VariantRecord
{
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

    /// <summary>The sampling options of a line.</summary>
    public static GenerationOptions Options(ManifestEntry entry) =>
        new()
        {
            NegativePrompt = entry.NegativePrompt,
            Steps = entry.NumInferenceSteps,
            GuidanceScale = entry.GuidanceScale,
            Strength = entry.ControlnetConditioningScale,
            ControlStart = entry.ControlGuidanceStart,
            ControlEnd = entry.ControlGuidanceEnd,
            Seed = entry.Seed,
            Sampler = entry.Scheduler,
            Eta = entry.Eta,
        };

    private static GenerationRecord Record(ManifestEntry entry, int components) =>
        new()
        {
            Prompt = entry.Prompt,
            Options = Options(entry),
            Sampler = entry.Scheduler,
            Width = entry.Width,
            Height = entry.Height,
            Model = (entry.Model!.Name, entry.Model.WeightsSha256),
            Adapter = (entry.Adapter!.Name, entry.Adapter.WeightsSha256),
            Source = ("reference", entry.Source, entry.SourceSha256),
            Layout = new LayoutRecord(entry.BasisSha256, entry.LayoutSha256, (components, components), entry.Agreement),
            ComputeType = entry.Dtype,
        };
}
