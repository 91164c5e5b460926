using Lumen.Core.Checkpoints;
using Lumen.Models.Autoencoding;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using Lumen.Models.Text;

namespace Lumen.Pretrained;

/// <summary>
/// A single-file checkpoint of Stable Diffusion 1.x or 2.x under the original names: U-Net, autoencoder and text encoder in one file,
/// everything else read off the shapes or given by its owner. Source of the names: CompVis/stable-diffusion and
/// Stability-AI/stablediffusion.
/// </summary>
internal sealed class PipelineFile : PipelineSource
{
    private readonly string _path;
    private readonly Checkpoint _file;
    private readonly ModelFileOptions _options;
    private readonly Dictionary<string, NameTable> _tables;
    private readonly bool _isOpenClip;

    private PipelineFile(string path, Checkpoint file, ModelFileOptions options, Dictionary<string, NameTable> tables, bool isOpenClip) =>
        (_path, _file, _options, _tables, _isOpenClip) = (path, file, options, tables, isOpenClip);

    public override string Path => _path;

    public override string Name => System.IO.Path.GetFileNameWithoutExtension(_path);

    public override IReadOnlyList<string> BindingPaths => [_path];

    public override (string Folder, ClipPadding? Padding) Tokenizer =>
        (FindTokenizer(), _isOpenClip ? ClipPadding.Zero : ClipPadding.EndOfText);

    public static PipelineFile OpenFile(string path, ModelFileOptions options)
    {
        var file = Checkpoint.Open(path);
        try
        {
            RequireWhole(path, file);
            return Describe(path, file, options);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Refuses weights that are no whole model, by what they are.</summary>
    /// <exception cref="LumenException">They are something else.</exception>
    internal static void RequireWhole(string path, Checkpoint file)
    {
        if (WeightKinds.Identify(file) is var identity && identity.Kind != WeightKind.OriginalPipeline)
            throw new LumenException(
                LumenErrorKind.Model,
                $"{path} is not a whole model: {identity.Described}. Give `Model` a diffusers folder, or a .safetensors file with "
                    + "model.diffusion_model.*, first_stage_model.* and cond_stage_model.*."
            );
    }

    public override Checkpoint OpenWeights(string part) => _tables[part].View(_file, $"{_file.Description} ({part})");

    public override void Dispose() => _file.Dispose();

    /// <summary>The configuration of a part: from the folder that its owner gave, or read off the shapes.</summary>
    private static T Configured<T>(ModelFileOptions options, string part, string file, Func<string, T> parse, Func<T> infer)
    {
        var path = options.Config is { } folder ? System.IO.Path.Combine(folder, part, file) : null;
        return File.Exists(path) ? parse(File.ReadAllText(path)) : infer();
    }

    private static PipelineFile Describe(string path, Checkpoint file, ModelFileOptions options)
    {
        if (options.Config is { } config && !Directory.Exists(config))
            throw new LumenException(
                LumenErrorKind.File,
                $"There is no folder {config}. Give `Config` a diffusers folder with unet/config.json and so on."
            );
        var tables = new Dictionary<string, NameTable>(StringComparer.Ordinal);
        var unet = Configured(options, "unet", "config.json", UNetConfig.Parse, () => InferUNet(file));
        tables["unet"] = OriginalUNetNames.Of(unet);
        var autoencoder = Configured(
            options,
            "vae",
            "config.json",
            AutoencoderConfig.Parse,
            () => InferAutoencoder(file, OriginalAutoencoderNames.Prefix)
        );
        tables["vae"] = OriginalAutoencoderNames.Of(autoencoder);
        var isOpenClip = new WeightShapes(file, OriginalTextNames.OpenClipPrefix).Holds("transformer");
        tables["text_encoder"] = TextNames(file, isOpenClip);
        var text = Configured(
            options,
            "text_encoder",
            "config.json",
            ClipTextConfig.Parse,
            () =>
                InferredConfigs.Text(
                    new WeightShapes(tables["text_encoder"].View(file, file.Description)),
                    isOpenClip ? ClipActivation.Gelu : ClipActivation.QuickGelu,
                    file.Description
                )
        );
        var scheduler = Configured(
            options,
            "scheduler",
            "scheduler_config.json",
            json => SchedulerConfig.Parse(json, options.Registry.Samplers),
            () => SingleFileSchedule.Usual(isOpenClip)
        );
        var isInferred =
            options.Config is not { } given || !File.Exists(System.IO.Path.Combine(given, "scheduler", "scheduler_config.json"));
        scheduler = SingleFileSchedule.With(scheduler, new ScheduleMarkers(file), options.PredictionType, isInferred);
        var side = SingleFileSchedule.Side(file, scheduler.PredictionType) / autoencoder.Stride;
        return new PipelineFile(path, file, options, tables, isOpenClip)
        {
            UNet = options.Config is null ? unet with { SampleSize = side } : unet,
            Autoencoder = options.Config is null ? autoencoder with { SampleSize = side * autoencoder.Stride } : autoencoder,
            Text = text,
            Scheduler = scheduler,
        };
    }

    private static UNetConfig InferUNet(Checkpoint file)
    {
        var skeleton =
            OriginalUNetNames.Skeleton(new WeightShapes(file, OriginalUNetNames.Prefix).Holds)
            ?? throw new LumenException(
                LumenErrorKind.Model,
                $"{file.Description}: the blocks below {OriginalUNetNames.Prefix} are not those of Stable Diffusion 1.x or 2.x."
            );
        return InferredConfigs.UNet(new WeightShapes(OriginalUNetNames.Of(skeleton).View(file, file.Description)), file.Description);
    }

    internal static AutoencoderConfig InferAutoencoder(Checkpoint file, string prefix)
    {
        var skeleton =
            OriginalAutoencoderNames.Skeleton(new WeightShapes(file, prefix).Holds)
            ?? throw new LumenException(
                LumenErrorKind.Model,
                $"{file.Description} has no autoencoder ({prefix}encoder.*). Expected a checkpoint with U-Net, autoencoder and text "
                    + "encoder; fetch the full one."
            );
        return InferredConfigs.Autoencoder(
            new WeightShapes(OriginalAutoencoderNames.Of(skeleton, prefix).View(file, file.Description)),
            file.Description
        );
    }

    private static NameTable TextNames(Checkpoint file, bool isOpenClip)
    {
        if (isOpenClip)
        {
            var layers = new WeightShapes(file, OriginalTextNames.OpenClipPrefix).Count("transformer.resblocks");
            return layers > 1
                ? OriginalTextNames.OpenClip(layers - 1)
                : throw new LumenException(
                    LumenErrorKind.Model,
                    $"{file.Description}: its text encoder has {layers} layers; expected two or more, of which the last is not used."
                );
        }
        var weights = new WeightShapes(file, OriginalTextNames.ClipPrefix);
        if (weights.Holds("text_model.encoder"))
            return OriginalTextNames.Clip();
        if (weights.Holds("encoder"))
            return OriginalTextNames.Clip(bare: true);
        throw new LumenException(
            LumenErrorKind.Model,
            $"{file.Description} has no text encoder ({OriginalTextNames.ClipPrefix}text_model.* or "
                + $"{OriginalTextNames.OpenClipPrefix}*). Expected a checkpoint with U-Net, autoencoder and text encoder; fetch the "
                + "full one."
        );
    }

    private string FindTokenizer()
    {
        Func<string?>[] places = _options.Tokenizer is { } only
            ? [() => only]
            : [() => _options.Config, () => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(_path)), _options.FallbackTokenizer];
        foreach (var find in places)
        {
            if (find() is not { } place)
                continue;
            foreach (var folder in new[] { System.IO.Path.Combine(place, "tokenizer"), place })
            {
                if (File.Exists(System.IO.Path.Combine(folder, "vocab.json")))
                    return folder;
            }
        }
        throw new LumenException(
            LumenErrorKind.File,
            _options.Tokenizer is { } given
                ? $"There is no tokenizer in {given}: neither it nor a folder tokenizer in it holds vocab.json. Give `Tokenizer` a "
                    + "folder with vocab.json and merges.txt."
                : $"{_file.Description} holds weights only; the tokenizer's vocabulary is never in such a file. Give `Tokenizer` a "
                    + "folder with vocab.json and merges.txt: the folder tokenizer of any Stable Diffusion model, "
                    + "or that of openai/clip-vit-large-patch14, of which *.json and merges.txt are enough."
        );
    }
}
