using System.Text.Json.Nodes;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Datasets;
using Lumen.Generation;
using Lumen.Models.Autoencoding;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using Lumen.Models.Text;
using Lumen.Models.Vision;
using Lumen.Training.Data;
using TorchSharp;

namespace Lumen.Training;

/// <summary>Builds what a recipe describes: renders and encodes what is missing, makes the networks, and hands over a task.</summary>
/// <param name="Placement">Device and compute type.</param>
/// <param name="Cache">Folder for rendered pictures, latents and features.</param>
/// <param name="Output">The run's folder.</param>
public sealed partial record TrainingTaskFactory(Placement Placement, string Cache, string Output)
{
    private const string VaeAdvice = "Give `Vae` the model folder that \"lumen train vae\" wrote.";

    /// <summary>Receives what is being prepared: text, how many are done, and of how many.</summary>
    public Action<string, int, int> Preparing { get; init; } = (_, _, _) => { };

    /// <summary>Receives what was found and taken over, a line each.</summary>
    public Action<string> Note { get; init; } = _ => { };

    /// <summary>The samplers and conditions that models and recipes may name.</summary>
    public LumenRegistry Registry { get; init; } = LumenRegistry.BuiltIn;

    /// <summary>The layouts that a folder of pictures may have.</summary>
    public IReadOnlyList<IDatasetFormat> Formats { get; init; } = DatasetFormats.BuiltIn;

    /// <summary>
    /// The network that an adapter's layouts are read with; null for the base's own U-Net. It stays the caller's and must
    /// outlive the task.
    /// </summary>
    public Backbone? Backbone { get; init; }

    /// <summary>How many processes share every step: what is estimated is one of them.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>
    /// Folder into which the process that prepared the run has put what its task keeps beside checkpoints; null to prepare it. Nothing is
    /// then written into the run's folder.
    /// </summary>
    public string? PreparedIn { get; init; }

    /// <summary>Ends preparations early.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>The model folder that the run's <see cref="Trainer.Export"/> writes into.</summary>
    public string ModelOutput => Path.Combine(Output, "model");

    /// <summary>An autoencoder, fresh or begun with another's weights.</summary>
    public ITrainingTask Autoencoder(Recipe recipe)
    {
        RefuseDenoiserSettings(recipe);
        var listed = List(recipe.Data);
        var config = recipe.InitialiseFrom is { } begun ? StartingAutoencoder(recipe, begun) : FreshAutoencoder(recipe);
        RequireDivisible(recipe.Data.Resolution, config.Stride, "the autoencoder's stride");
        RequireDivisible(Math.Min(recipe.Crop, recipe.Data.Resolution), config.Stride, "the autoencoder's stride", "crop");
        RefuseEquivariance(recipe, config);
        ForeseeAutoencoder(recipe, config);
        var record = RecordOf(recipe, listed, annotations: false);
        if (recipe.InitialiseFrom is { } from)
            record = WithModel(record, "start model", from, "vae");
        var checkpoint = Compared(record, recipe.Training);
        Forecast((recipe, listed, checkpoint), null, (runs, small) => runs.Autoencoder(small));
        var vae = recipe.InitialiseFrom is { } start ? StartingAutoencoder(recipe, start, config) : FreshAutoencoder(recipe, config);
        var (train, heldOut) = Open(recipe.Data, listed);
        return new AutoencoderTask(vae, train, heldOut, recipe.Crop, recipe.ScaleEquivariance ?? 0) { Record = record };
    }

    /// <summary>
    /// A denoiser and text encoder over a finished autoencoder, fresh or begun with another model's weights; writes the tokenizer and
    /// copies the autoencoder into the output.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="vaeModel">Folder holding <c>vae/</c>; null for that of the model that is begun with.</param>
    public ITrainingTask Base(Recipe recipe, string? vaeModel)
    {
        var vaeFolder =
            vaeModel
            ?? recipe.InitialiseFrom
            ?? throw new LumenException(
                "A base model is trained on a finished autoencoder. Give `Vae` the model folder that \"lumen train vae\" wrote."
            );
        var listed = List(recipe.Data);
        var vaeConfig = VaeConfig(vaeFolder, VaeAdvice);
        using var start = recipe.InitialiseFrom is { } model ? StartingPipeline(recipe, model, vaeConfig) : null;
        var unetConfig = start?.UNet ?? UNetConfig.Parse(Required(recipe.Unet, "unet"));
        RequireDivisible(
            recipe.Data.Resolution,
            vaeConfig.Stride << (unetConfig.BlockOutChannels.Count - 1),
            "the strides of autoencoder and denoiser"
        );
        listed = InBuckets(recipe.Data, listed, vaeConfig.Stride << (unetConfig.BlockOutChannels.Count - 1));
        unetConfig = unetConfig with { InChannels = vaeConfig.LatentChannels, OutChannels = vaeConfig.LatentChannels };
        ForeseeBase(recipe, listed, (unetConfig, vaeConfig), start?.Text);
        var (vae, hash) = LoadVae(vaeFolder, vaeConfig);
        var record = WithModel(RecordOf(recipe, listed, annotations: false), "autoencoder", vaeFolder, "vae");
        if (start is not null)
            record = WithModel(record, "start model", start.Path, "unet", "text_encoder", "tokenizer", "scheduler");
        var checkpoint = Compared(record, recipe.Training);
        Forecast((recipe, listed, checkpoint), null, (runs, small) => runs.Base(small, vaeModel));
        var (train, validation) = Open(recipe.Data, listed);
        if (start is null)
            record = WithVocabulary(record, checkpoint, train);
        var tokenizer = start is null ? Vocabulary(recipe, train) : CopyTokenizer(start);
        var text = start is null ? TextEncoder(recipe, tokenizer) : StartingText(start, tokenizer);
        unetConfig = unetConfig with
        {
            SampleSize = recipe.Data.Resolution / vae.Config.Stride,
            CrossAttentionDim = text.Config.HiddenSize,
        };
        var unet = start is null ? FreshUNet(recipe, unetConfig) : StartingUNet(start, unetConfig);
        unet.GradientCheckpointing = recipe.Training.GradientCheckpointing;
        if (PreparedIn is null)
            CopyPart(Path.Combine(vaeFolder, "vae"), Path.Combine(ModelOutput, "vae"));
        var schedule = new NoiseSchedule(
            start?.Scheduler ?? SchedulerConfig.Parse(Required(recipe.Scheduler, "scheduler"), Registry.Samplers)
        )
        {
            Samplers = Registry.Samplers,
        };
        var options = new DenoiserTaskOptions
        {
            ProportionEmptyPrompts = recipe.ProportionEmptyPrompts,
            SnrGamma = recipe.Training.SnrGamma,
        };
        if (recipe.Data.Folder is not null)
            options = options with { PreviewPrompts = Prompts(validation, options.PreviewPrompts.Count) };
        return new DenoiserTask(
            (unet, text, vae),
            schedule,
            Latents(train, vae, hash, tokenizer),
            Latents(validation, vae, hash, tokenizer),
            options
        )
        {
            Record = record,
        };
    }

    private static void RefuseDenoiserSettings(Recipe recipe)
    {
        if (recipe.Training.GradientCheckpointing)
            throw new LumenException(
                $"gradient_checkpointing is for base and adapter, whose U-Net can compute its blocks again; leave it out of a recipe for "
                    + $"{recipe.Kind}."
            );
        if (recipe.Data.AspectBuckets is not null)
            throw new LumenException(
                $"aspect_buckets is for base and adapter; the {recipe.Kind} is trained on squares. Leave it out of the recipe's data."
            );
        if (recipe.Training.SnrGamma is not null)
            throw new LumenException(
                $"snr_gamma weighs the loss of a denoiser (base, adapter); leave it out of a recipe for {recipe.Kind}."
            );
    }

    private static void RefuseEquivariance(Recipe recipe, AutoencoderConfig config)
    {
        if (recipe.ScaleEquivariance is not { } share)
            return;
        if (share is not (>= 0 and <= 1))
            throw new LumenException($"scale_equivariance must be a fraction from 0 to 1 but is {share}. Change it in the recipe.");
        if (share > 0)
            RequireDivisible(
                Math.Min(recipe.Crop, recipe.Data.Resolution),
                2 * config.Stride,
                "scale_equivariance halves the latents",
                "crop"
            );
    }

    private static AutoencoderConfig FreshAutoencoder(Recipe recipe) =>
        recipe.TrainEncoder
            ? AutoencoderConfig.Parse(Required(recipe.Vae, "vae"))
            : throw new LumenException(
                "A fresh encoder must be trained. Leave out train_encoder, or begin with a model (initialise_from)."
            );

    private AutoencoderKL FreshAutoencoder(Recipe recipe, AutoencoderConfig config)
    {
        var vae = new AutoencoderKL(config, Placement);
        WeightInitialisation.Apply(vae, new RandomStream(recipe.Training.Seed));
        return vae;
    }

    private UNet2DConditionModel FreshUNet(Recipe recipe, UNetConfig config)
    {
        var unet = new UNet2DConditionModel(config, Placement);
        WeightInitialisation.Apply(unet, new RandomStream(recipe.Training.Seed).For(0));
        return unet;
    }

    private DenoisingData Latents(PictureCorpus corpus, AutoencoderKL vae, string hash, ClipTokenizer tokenizer) =>
        new(
            corpus,
            Cached(
                Encoded,
                corpus.Identity,
                hash,
                corpus.Count,
                indices => vae.Encode(corpus.Batch(indices)).Mean * vae.Config.ScalingFactor,
                corpus.Buckets,
                PassSize.Of(vae.Config, corpus.Size)
            ),
            tokenizer
        );

    // The file's name says what the tensors were made of: kind and pictures, their number, and the hash of the network or basis.
    private TensorCache Cached(
        string kind,
        string identity,
        string hash,
        int count,
        Func<int[], torch.Tensor> compute,
        IReadOnlyList<int[]> groups,
        int pass = 32
    )
    {
        var cache = Measured(
            kind,
            count,
            () =>
                TensorCache.Open(
                    Path.Combine(Cache, $"{kind}-{identity}-{count}-{hash[..16]}.safetensors"),
                    count,
                    compute,
                    new Count(this, Doing(kind), count),
                    pass,
                    groups,
                    Stop
                )
        );
        Trial?.Store(kind, cache.ItemBytes);
        return cache;
    }

    private static string Doing(string kind) =>
        kind switch
        {
            Encoded => "encoding pictures",
            LaidOut => "reading layouts",
            VariantLayouts => "reading layouts of variants",
            _ => $"drawing {kind.Replace('_', ' ')}",
        };

    private (AutoencoderKL Vae, string Hash) LoadVae(string model, AutoencoderConfig config)
    {
        var vae = OpenVae(model, config);
        foreach (var parameter in vae.parameters())
            parameter.requires_grad = false;
        return (vae, VaeHash(model));
    }

    private static AutoencoderConfig VaeConfig(string model, string advice)
    {
        var path = Path.Combine(model, "vae", "config.json");
        return File.Exists(path)
            ? AutoencoderConfig.Parse(File.ReadAllText(path))
            : throw new LumenException($"{model} holds no vae/config.json. {advice}");
    }

    private AutoencoderKL OpenVae(string model, AutoencoderConfig config)
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(model, "vae"));
        return StateLoader.Build(
            at => new AutoencoderKL(config, at),
            Placement,
            made => StateLoader.Load(made, checkpoint, nameof(AutoencoderKL), AutoencoderNames.ToCurrent, AutoencoderNames.MayReshape)
        );
    }

    // Latents are cached by what made them.
    private static string VaeHash(string model) => DiffusionModel.HashOf(Checkpoint.FilesOf(Path.Combine(model, "vae")));

    private ClipTokenizer Vocabulary(Recipe recipe, PictureCorpus corpus)
    {
        var folder = Path.Combine(ModelOutput, "tokenizer");
        var length = (int?)recipe.TextEncoder?["max_position_embeddings"] ?? 77;
        if (PreparedIn is null)
            ClipVocabulary.Write(folder, Enumerable.Range(0, corpus.Count).Select(corpus.Caption), maxLength: length);
        return ClipTokenizer.Load(folder);
    }

    private ClipTextModel TextEncoder(Recipe recipe, ClipTokenizer tokenizer, int? positions = null)
    {
        var config = ClipTextConfig.Parse(Required(recipe.TextEncoder, "text_encoder")) with
        {
            VocabularySize = tokenizer.VocabularySize,
            EndOfTextId = tokenizer.EndOfTextId,
        };
        if (positions is { } length)
            config = config with { MaxPositions = length };
        var text = new ClipTextModel(config, Placement);
        text.Initialise(new RandomStream(recipe.Training.Seed).For(1));
        return text;
    }

    private static string Required(JsonObject? part, string name) =>
        part?.ToJsonString() ?? throw new LumenException($"The recipe has no \"{name}\" section; this kind of training needs one.");

    private static void CopyPart(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
    }

    private sealed class Count(TrainingTaskFactory runs, string what, int total) : IProgress<int>
    {
        public void Report(int value) => runs.Preparing(what, value, total);
    }
}
