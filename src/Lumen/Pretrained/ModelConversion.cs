using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Core.Checkpoints;
using Lumen.Files;
using Lumen.Models.Autoencoding;
using Lumen.Models.Denoising;
using Lumen.Models.Text;
using static TorchSharp.torch;

namespace Lumen.Pretrained;

/// <summary>
/// Any model that Lumen reads, as a diffusers folder. Weights go through piece by piece; what marks the folder as a model is written last.
/// </summary>
public static class ModelConversion
{
    private const string Denoiser = "diffusion_pytorch_model.safetensors",
        Plain = "model.safetensors";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly string[] TokenizerFiles = ["vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"];

    /// <summary>Converts.</summary>
    /// <param name="source">A file or folder that <see cref="ModelInspector"/> knows.</param>
    /// <param name="folder">Made if absent; it must not hold a model yet.</param>
    /// <param name="options">Type of the weights, and what the source does not hold.</param>
    /// <param name="progress">Receives how far each part is.</param>
    /// <param name="stop">Stops; no file is left half-written, and the folder is no model yet.</param>
    /// <exception cref="LumenException">The source is incomplete or of no use, the folder holds a model already, or a value is too large
    /// for float16.</exception>
    public static ConvertedModel Convert(
        string source,
        string folder,
        ConversionOptions options,
        IProgress<ConversionProgress>? progress = null,
        CancellationToken stop = default
    )
    {
        if (Directory.Exists(folder) && Directory.EnumerateFiles(folder).FirstOrDefault(IsOfModel) is { } found)
            throw new LumenException(
                LumenErrorKind.File,
                $"{folder} holds {Path.GetFileName(found)} already. Give `OutputDir` a new or empty folder."
            );
        var report = ModelInspector.Inspect(source, options.File);
        if (report.Missing.Count > 0)
            throw new LumenException(
                LumenErrorKind.Model,
                $"{source} is not complete and cannot be converted:{Environment.NewLine}  "
                    + $"{string.Join(Environment.NewLine + "  ", report.Missing)}"
            );
        InputGuard.RequireApart(folder, source, options.File.Tokenizer, options.File.Config);
        using var prepared = OutputFolder.Prepare(folder);
        var output = new ConversionFolder(folder, options, progress, stop);
        var isPipeline = report.Parts.Any(part => part.Name == "scheduler");
        var notes = isPipeline ? Pipeline(source, options, output) : Part(source, output);
        return new ConvertedModel(output.Files, notes);
    }

    private static bool IsOfModel(string path) =>
        Path.GetFileName(path) is "model_index.json" or "config.json" || path.EndsWith(".safetensors", StringComparison.Ordinal);

    private static List<string> Pipeline(string path, ConversionOptions options, ConversionFolder output)
    {
        using var source = PipelineSource.Open(path, options.File);
        var isFolder = Directory.Exists(path);
        foreach (
            var (part, name, config) in new[]
            {
                ("unet", Denoiser, source.UNet.ToJson()),
                ("vae", Denoiser, source.Autoencoder.ToJson()),
                ("text_encoder", Plain, source.Text.ToJson()),
            }
        )
        {
            using var weights = source.OpenWeights(part);
            output.Weights(part, name, weights);
            if (isFolder)
                output.Copy(Path.Combine(path, part), part, "config.json");
            else
                output.Text(part, "config.json", config);
        }
        Tokenizer(source, output);
        output.Text(
            "scheduler",
            "scheduler_config.json",
            isFolder ? File.ReadAllText(Path.Combine(path, "scheduler", "scheduler_config.json")) : source.Scheduler.ToJson()
        );
        output.CopyCard(isFolder ? path : Path.GetDirectoryName(Path.GetFullPath(path))!);
        output.Text("", "model_index.json", PipelineIndex.Json(source.Scheduler.ClassName));
        List<string> notes =
        [
            "Adapters and bases are bound to the files of their model: those made with the source do not open with the result.",
        ];
        if (isFolder && Directory.Exists(Path.Combine(path, "controlnet")))
            notes.Add("The folder controlnet was not converted with it. Convert a ControlNet on its own.");
        return notes;
    }

    private static void Tokenizer(PipelineSource source, ConversionFolder output)
    {
        var (folder, padding) = source.Tokenizer;
        output.Copy(folder, "tokenizer", TokenizerFiles.Take(padding is null ? 4 : 2));
        if (padding is null)
            return;
        // Which token pads prompts is a fact of the text encoder; the vocabulary may come from another model.
        var tokenizer = ClipTokenizer.Load(folder, padding);
        var (begin, end, pad) = ("<|startoftext|>", "<|endoftext|>", padding == ClipPadding.Zero ? "!" : "<|endoftext|>");
        var special = new JsonObject
        {
            ["bos_token"] = begin,
            ["eos_token"] = end,
            ["pad_token"] = pad,
            ["unk_token"] = end,
        };
        var config = new JsonObject
        {
            ["do_lower_case"] = true,
            ["errors"] = "replace",
            ["model_max_length"] = tokenizer.MaxLength,
            ["tokenizer_class"] = "CLIPTokenizer",
        };
        foreach (var (name, token) in special)
            config[name] = token!.DeepClone();
        output.Text("tokenizer", "special_tokens_map.json", special.ToJsonString(Indented) + "\n");
        output.Text("tokenizer", "tokenizer_config.json", config.ToJsonString(Indented) + "\n");
    }

    private static List<string> Part(string path, ConversionFolder output)
    {
        var folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var config = Path.Combine(folder, "config.json");
        var place =
            // what the inspection took
            Directory.Exists(path) && !Checkpoint.HasUsualNames(path)
                ? Directory.EnumerateFiles(path, "*.safetensors").Single()
                : path;
        using var file = Checkpoint.Open(place);
        switch (WeightKinds.Of(file))
        {
            case WeightKind.ControlNet or WeightKind.OriginalControlNet:
                using (var control = ControlNetSource.Open(place))
                    Write(Denoiser, control.Weights, control.Config.ToJson());
                if (Directory.Exists(path))
                    output.Copy(Path.Combine(path, "lumen"), "lumen", "basis.safetensors", "layout.json", "adapter.json");
                break;
            case WeightKind.UNet:
                Write(
                    Denoiser,
                    file,
                    Own(nameof(UNet2DConditionModel)) ?? InferredConfigs.UNet(new WeightShapes(file), file.Description).ToJson()
                );
                break;
            case WeightKind.Autoencoder:
                Write(
                    Denoiser,
                    file,
                    Own(nameof(AutoencoderKL)) ?? InferredConfigs.Autoencoder(new WeightShapes(file), file.Description).ToJson()
                );
                break;
            case WeightKind.OriginalAutoencoder:
                using (var renamed = AutoencoderFile.Renamed(file, out var autoencoder))
                    Write(Denoiser, renamed, autoencoder.ToJson());
                break;
            case WeightKind.TextEncoder or WeightKind.Backbone:
                Write(Plain, file, File.Exists(config) ? File.ReadAllText(config) : null);
                output.Copy(folder, "", "preprocessor_config.json", "open_clip_config.json");
                break;
            default:
                throw new LumenException(LumenErrorKind.Model, $"{path} cannot be converted: {WeightKinds.Identify(file).Described}.");
        }
        output.CopyCard(folder);
        return [];

        // The configuration beside the weights, if it is this part's.
        string? Own(string className) => PartFolder.ClassOf(folder) == className ? File.ReadAllText(config) : null;

        void Write(string name, Checkpoint weights, string? json)
        {
            output.Weights("", name, weights);
            if (json is not null)
                output.Text("", "config.json", json);
        }
    }
}

/// <summary>How a model is converted.</summary>
public sealed record ConversionOptions
{
    /// <summary>Type of the weights; null leaves it as it is.</summary>
    public ScalarType? DType { get; init; }

    /// <summary>What the owner says about a single file.</summary>
    public ModelFileOptions File { get; init; } = new();
}

/// <summary>How far a conversion is.</summary>
/// <param name="Part">The part at work.</param>
/// <param name="Done">Bytes of the part that have been read.</param>
/// <param name="Total">Bytes of the part.</param>
public sealed record ConversionProgress(string Part, long Done, long Total);

/// <summary>The result of a conversion.</summary>
/// <param name="Files">Files written, relative to the folder.</param>
/// <param name="Notes">What the owner should know, a sentence each.</param>
public sealed record ConvertedModel(IReadOnlyList<string> Files, IReadOnlyList<string> Notes);
