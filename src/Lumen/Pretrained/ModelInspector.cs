using Lumen.Core.Checkpoints;
using Lumen.Hub;
using Lumen.Layouts;
using Lumen.Models.Autoencoding;
using Lumen.Models.Denoising;
using Lumen.Models.Text;

namespace Lumen.Pretrained;

/// <summary>Says what a file or folder is, from names, shapes and configurations; weights are not read.</summary>
public static class ModelInspector
{
    private static readonly string[] PipelineParts =
    [
        "model_index.json",
        Path.Combine("unet", "config.json"),
        Path.Combine("vae", "config.json"),
    ];

    /// <summary>Looks at a path.</summary>
    /// <param name="path">A safetensors file, or the folder of a model, of a part, of an adapter or of a basis.</param>
    /// <param name="options">What the owner says about a single file; null: nothing.</param>
    /// <exception cref="LumenException">There is nothing, it is a pickle or damaged, or nothing about it is known.</exception>
    public static ModelReport Inspect(string path, ModelFileOptions? options = null)
    {
        if (File.Exists(path))
            return InspectFile(path, options ?? new ModelFileOptions());
        if (!Directory.Exists(path))
            throw new LumenException(
                LumenErrorKind.Model,
                $"There is neither a file nor a folder at {path}. Give a model folder, a .safetensors file, or org/name of a model "
                    + "in the hub's cache."
            );
        if (File.Exists(Path.Combine(path, "model_index.json")) && PipelineClasses.Of(path) is var (title, advice))
            return new ModelReport
            {
                Name = Named(path),
                Kind = title,
                Notes = [advice],
            };
        if (PipelineParts.Any(part => File.Exists(Path.Combine(path, part))))
            return PipelineInspection.Folder(path);
        if (File.Exists(Path.Combine(path, "lumen", "layout.json")))
            return InspectAdapter(path);
        return InspectPart(path, options);
    }

    /// <summary>Refuses what is no model that pictures are generated with, by what it is; names and shapes are looked at only.</summary>
    /// <param name="path">A file or folder that exists.</param>
    /// <exception cref="LumenException">It is something else.</exception>
    public static void RequireModel(string path)
    {
        if (Directory.Exists(path))
        {
            PipelineFolder.RequireModel(path);
            return;
        }
        using var file = Checkpoint.Open(path);
        PipelineFile.RequireWhole(path, file);
        if (InputsOf(file) is { } inputs)
            throw ModelFamily.Refusal(path, inputs);
    }

    // What a single file's denoiser takes beside latents and text.
    private static string? InputsOf(Checkpoint file) =>
        file.Entries.TryGetValue($"{OriginalUNetNames.Prefix}input_blocks.0.0.weight", out var first) && first.Shape.Count > 1
            ? ModelFamily.InputsOf(first.Shape[1])
            : null;

    private static ModelReport InspectFile(string path, ModelFileOptions options)
    {
        using var file = Checkpoint.Open(path);
        var kind = WeightKinds.Identify(file);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var report =
            kind.Kind == WeightKind.OriginalPipeline ? Whole(path, folder, file, kind, options) : Weights(path, folder, file, kind);
        return report with
        {
            Name = Path.GetFileName(path),
            Licence = ModelCard.Licence(folder, file.Metadata),
            Metadata = Shown(file.Metadata),
        };
    }

    // A model for something else is called that, also where its parts are not those of an ordinary one.
    private static ModelReport Whole(string path, string folder, Checkpoint file, WeightIdentity identity, ModelFileOptions options)
    {
        if (InputsOf(file) is not { } inputs)
            return PipelineInspection.SingleFile(path, options);
        return Weights(path, folder, file, new WeightIdentity(WeightKind.Foreign, $"{identity.Title}, for {inputs}", ModelFamily.Instead));
    }

    private static ModelReport InspectPart(string folder, ModelFileOptions? options)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*.safetensors").Order(StringComparer.Ordinal)];
        if (files.Length > 0 && !Checkpoint.HasUsualNames(folder))
        {
            return files is [var only]
                ? Inspect(only, options)
                : throw new LumenException(
                    LumenErrorKind.Model,
                    $"{folder} holds {files.Length} files of weights and no model_index.json. Give one of them: "
                        + $"{string.Join(", ", files.Take(20).Select(Path.GetFileName))}{(files.Length > 20 ? " ..." : "")}."
                );
        }
        using var weights = Checkpoint.Open(folder);
        var report = Weights(folder, folder, weights, WeightKinds.Identify(weights));
        return report with { Licence = ModelCard.Licence(folder, weights.Metadata), Metadata = Shown(weights.Metadata) };
    }

    private static ModelReport InspectAdapter(string folder)
    {
        using var basis = LayoutBasis.Load(folder);
        var source = basis.Source;
        var line =
            $"{basis.Components} of {basis.Channels} components of {source.Backbone} {source.Layer}, timestep {source.Timestep}, "
            + $"which keep {basis.Principal.ExplainedVarianceRatio.Sum() * 100:0.0} % of the variance";
        if (!File.Exists(Path.Combine(folder, "config.json")))
            return new ModelReport
            {
                Name = Named(folder),
                Kind = "layout basis",
                Notes = [line, $"belongs to the weights {Begin(source.WeightsHash)}"],
            };
        using var control = ControlNetSource.Open(folder);
        var missing = new List<string>();
        var part = PartInspection.ControlNet(control.Weights, control.Config, missing);
        var bound =
            Path.Combine(folder, "lumen", "adapter.json") is var path && File.Exists(path)
                ? ConfigJson.Read(
                    path,
                    fields =>
                        $"made for {fields.Text("base_model", "an unnamed model")}, weights "
                        + $"{Begin(fields.Text("base_weights_sha256", "unknown"))}"
                )
                : $"belongs to the weights {Begin(source.WeightsHash)}";
        return new ModelReport
        {
            Name = Named(folder),
            Kind = "LUMEN adapter: a ControlNet with the basis of its layouts",
            Family = ModelFamily.Of(control.Config.Encoder),
            Licence = ModelCard.Licence(folder, control.Weights.Metadata),
            Parts = [part],
            Missing = missing,
            Notes = [line, bound],
            Metadata = Shown(control.Weights.Metadata),
        };
    }

    /// <summary>Weights that are one part of a model, in a file or a folder.</summary>
    private static ModelReport Weights(string path, string folder, Checkpoint file, WeightIdentity identity)
    {
        var missing = new List<string>();
        var (part, family) = KnownOrNamed(path, folder, file, identity.Kind, missing);
        return new ModelReport
        {
            Name = Named(path),
            Kind = identity.Title,
            Family = family,
            Parts = [part],
            Missing = missing,
            Notes = identity.Advice.Length > 0 ? [identity.Advice] : [],
        };
    }

    // What a file is by its names is said although its sizes are not known.
    private static (ModelPart Part, string Family) KnownOrNamed(
        string path,
        string folder,
        Checkpoint file,
        WeightKind kind,
        List<string> missing
    )
    {
        try
        {
            return Known(path, folder, file, kind, missing);
        }
        catch (LumenException fault) when (kind is WeightKind.UNet or WeightKind.Autoencoder or WeightKind.OriginalAutoencoder)
        {
            missing.Add(fault.Message);
            return Known(path, folder, file, WeightKind.Unknown, missing);
        }
    }

    private static (ModelPart Part, string Family) Known(string path, string folder, Checkpoint file, WeightKind kind, List<string> missing)
    {
        switch (kind)
        {
            case WeightKind.ControlNet or WeightKind.OriginalControlNet:
                using (var control = ControlNetSource.Open(path))
                    return (PartInspection.ControlNet(control.Weights, control.Config, missing), ModelFamily.Of(control.Config.Encoder));
            case WeightKind.UNet:
                var unet =
                    Config(folder, UNetConfig.Parse, nameof(UNet2DConditionModel))
                    ?? InferredConfigs.UNet(new WeightShapes(file), file.Description);
                return (PartInspection.UNet(file, unet, missing), ModelFamily.Of(unet));
            case WeightKind.Autoencoder:
                var vae =
                    Config(folder, AutoencoderConfig.Parse, nameof(AutoencoderKL))
                    ?? InferredConfigs.Autoencoder(new WeightShapes(file), file.Description);
                return (PartInspection.Autoencoder(file, vae, missing), "");
            case WeightKind.OriginalAutoencoder:
                using (var renamed = AutoencoderFile.Renamed(file, out var original))
                    return (PartInspection.Autoencoder(renamed, original, missing), "");
            case WeightKind.Backbone:
                var backbone = PartInspection.Backbone(file, BackboneConfig.TextFor(path, file.Description));
                return (backbone, backbone.Class);
            case WeightKind.TextEncoder:
                var text = Config(folder, ClipTextConfig.Parse, "CLIPTextModel");
                return text is null
                    ? (PartInspection.Part("text_encoder", "CLIPTextModel", file, ""), "")
                    : (PartInspection.Text(file, text, missing), "");
            default:
                return (PartInspection.Part("weights", "", file, $"{file.Entries.Count} tensors"), "");
        }
    }

    // The config.json beside a file may be another part's.
    private static T? Config<T>(string folder, Func<string, T> parse, string className)
        where T : class => PartFolder.ClassOf(folder) == className ? parse(File.ReadAllText(Path.Combine(folder, "config.json"))) : null;

    internal static string Named(string path) =>
        HubCache.NameOf(path) ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    private static Dictionary<string, string> Shown(IReadOnlyDictionary<string, string> metadata) =>
        metadata.Where(pair => pair.Key != "format").ToDictionary(StringComparer.Ordinal);

    private static string Begin(string hash) => hash.Length > 10 ? hash[..10] : hash;
}
