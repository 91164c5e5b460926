using Lumen.Models.Autoencoding;

namespace Lumen.Testing.Parity;

/// <summary>The autoencoder both ways, also from copies of its weights under other names.</summary>
internal sealed class AutoencoderCases : CaseKind
{
    public override bool Fits(ReferenceCase reference) =>
        (reference.HasInputs("image") || reference.HasInputs("z")) && FolderOf(reference) is not null;

    public override void Run(CaseRun run)
    {
        var folder = FolderOf(run.Case)!;
        Run(run, folder, "");
        foreach (var other in OtherNamings(folder))
            Run(run, other, $"{System.IO.Path.GetFileName(other)}: ");
    }

    private static void Run(CaseRun run, string folder, string label)
    {
        using var model = ModelFolder.Autoencoder(folder, run.Placement);
        if (run.Inputs.TryGetValue("image", out var image))
        {
            var distribution = model.Encode(image);
            run.Compare("moments", distribution.Moments, label);
            run.Compare("mean", distribution.Mean, label);
            run.Compare("logvar", distribution.LogVariance, label);
            if (run.Inputs.TryGetValue("noise", out var noise))
            {
                var sample = distribution.Sample(noise);
                run.Compare("sample", sample, label);
                run.Compare("scaled_latents", sample * model.Config.ScalingFactor, label);
            }
        }
        if (run.Inputs.TryGetValue("z", out var latents))
            run.Compare("decoded", model.Decode(latents), label);
    }

    private static string? FolderOf(ReferenceCase reference) => ModelFolder.Find(reference, nameof(AutoencoderKL), "model", "vae");

    // .../pipeline/vae has its copies beside the pipeline: .../vae_old_names or .../vae_new_names.
    private static IEnumerable<string> OtherNamings(string folder)
    {
        var parents = new[] { Directory.GetParent(folder), Directory.GetParent(folder)?.Parent };
        return parents
            .OfType<DirectoryInfo>()
            .SelectMany(parent => parent.EnumerateDirectories("vae_*_names"))
            .Select(found => found.FullName)
            .Where(found => found != folder && ModelFolder.ClassOf(found) == nameof(AutoencoderKL))
            .Distinct()
            .Order(StringComparer.Ordinal);
    }
}
