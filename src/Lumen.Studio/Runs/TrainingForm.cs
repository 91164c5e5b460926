using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using Lumen.Conditions;
using Lumen.Files;
using Lumen.Models.Autoencoding;
using Lumen.Studio.Safety;
using Lumen.Training;

namespace Lumen.Studio.Runs;

/// <summary>What is asked of <c>POST /api/trainings</c>: the entries of an adapter's recipe that a person turns.</summary>
internal sealed record TrainingForm
{
    private const int LongestName = 40;
    private static readonly long[] UsualWidths = [16, 32, 96, 256];

    [Description("Name of the run and of the adapter that comes of it: small letters, digits and hyphens, at most 40.")]
    public required string Name { get; init; }

    [Description("Name of the data set whose training part is used, as GET /api/datasets lists it; without it, street scenes are drawn.")]
    public string? Dataset { get; init; }

    [Range(8, 20_000), Description("Street scenes, where no data set is given; 1000 by default.")]
    public int Scenes { get; init; } = 1000;

    [Description("Caption of pictures that have none of their own.")]
    public string Caption { get; init; } = "";

    [Description("What the adapter reads: layout, canny, soft_edge, depth, normal or label_map.")]
    public string Condition { get; init; } = "layout";

    [Description("Side in pixels of the square pictures; the model's native size by default.")]
    public int? Resolution { get; init; }

    [Range(1, 20), Description("Random crops of each picture of a data set.")]
    public int CropsPerPicture { get; init; } = 1;

    [Description("Whether a data set's pictures are mirrored, too.")]
    public bool HorizontalFlips { get; init; }

    [Range(1, 512), Description("Components N of the layouts.")]
    public int Components { get; init; } = 20;

    [Description("Decoder blocks whose output the layouts are read from, as up_blocks[2]+up_blocks[3]; up_blocks[2] by default.")]
    public string? Layer { get; init; }

    [Range(0, 999), Description("Timestep at which layouts are read.")]
    public int Timestep { get; init; } = 50;

    [Range(2, 20_000), Description("Training pictures that the basis of the layouts is fitted to.")]
    public int FitPictures { get; init; } = 1000;

    [Range(0.0, 1.0), Description("Share of the samples whose layout is read from a picture of changed colours.")]
    public double Photometric { get; init; } = 0.25;

    [
        Range(0.0, 1000.0),
        Description("How much what another look changes counts against a component: other colours, or with pairs those of the variants.")
    ]
    public double AppearancePenalty { get; init; }

    [Description("Variants of the data set's pictures in other looks, which say what a layout should not hold; none by default.")]
    public PairsForm? Pairs { get; init; }

    [Description("Optimiser steps in all.")]
    public long MaxTrainSteps { get; init; } = 1000;

    [Range(1, 256), Description("Samples of a micro-batch.")]
    public int TrainBatchSize { get; init; } = 8;

    [Range(1, 64), Description("Micro-batches of a step, which threads compute at once.")]
    public int GradientAccumulationSteps { get; init; } = 1;

    [Description("Peak learning rate.")]
    public double LearningRate { get; init; } = 1e-3;

    [Description("constant, cosine or linear, after the warm-up.")]
    public string LrScheduler { get; init; } = "cosine";

    [Description("Steps of linear warm-up.")]
    public long LrWarmupSteps { get; init; } = 50;

    [Range(0.0, 0.99999), Description("Decay of the weights' moving average.")]
    public double EmaDecay { get; init; } = 0.99;

    [Range(0.0, 1.0), Description("Share of the captions replaced by the empty prompt.")]
    public double ProportionEmptyPrompts { get; init; } = 0.1;

    [Description("Seed of weights, order, noise and timesteps.")]
    public ulong Seed { get; init; } = 1;

    [Description("A checkpoint every so many steps.")]
    public long CheckpointingSteps { get; init; } = 100;

    [Description("Validation figures and a preview every so many steps.")]
    public long ValidationSteps { get; init; } = 100;

    /// <summary>Whether a text may be a run's name, and so a folder's.</summary>
    public static bool IsName(string? name) =>
        name is { Length: >= 1 and <= LongestName }
        && name[0] != '-'
        && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');

    /// <summary>Refuses what exceeds the bounds, before anything is opened.</summary>
    /// <exception cref="LumenException">The name is none, or an entry is out of range.</exception>
    /// <exception cref="LimitException">It exceeds the studio's bounds.</exception>
    public void Require(StudioLimits limits)
    {
        if (!IsName(Name))
            throw new LumenException(
                LumenErrorKind.Option,
                $"The name of a training must be small letters, digits and hyphens, at most {LongestName}, and not begin with a hyphen."
            );
        var results = new List<ValidationResult>();
        if (!Validator.TryValidateObject(this, new ValidationContext(this), results, validateAllProperties: true))
            throw new LumenException(LumenErrorKind.Option, string.Join(" ", results.Select(result => result.ErrorMessage)));
        if (MaxTrainSteps > limits.TrainingSteps)
            throw new LimitException($"A training has at most {limits.TrainingSteps} steps here, but {MaxTrainSteps} were asked for.");
        if (Resolution is { } side && (side < 8 || side > limits.Side))
            throw new LimitException($"Pictures have sides of 8 to {limits.Side} pixels here, but {side} were asked for.");
        if (Caption.Length > limits.PromptLetters || Layer?.Length > limits.PromptLetters)
            throw new LimitException($"A caption has at most {limits.PromptLetters} letters.");
        if (!LumenRegistry.BuiltIn.Conditions.Kinds.Select(kind => kind.ToString()).Contains(Condition, StringComparer.Ordinal))
            throw new LumenException(
                LumenErrorKind.Option,
                $"A condition is one of {string.Join(", ", LumenRegistry.BuiltIn.Conditions.Kinds)}, but \"{Condition}\" was asked for."
            );
        Pairs?.Require(this);
        Options.Validate();
    }

    /// <summary>The recipe.</summary>
    /// <param name="model">Folder of the model, whose strides decide the adapter's stem.</param>
    /// <param name="folders">Folder of the data set, null for scenes; and of the variants, null for none.</param>
    /// <param name="nativeSize">The model's, for where no resolution is given.</param>
    public Recipe ToRecipe(string model, (string? Pictures, string? Pairs) folders, int nativeSize) =>
        new()
        {
            Kind = "adapter",
            Data = new RecipeData
            {
                Folder = folders.Pictures,
                Scenes = Scenes,
                ValidationScenes = Math.Clamp(Scenes / 8, 4, 64),
                Resolution = Resolution ?? nativeSize,
                Caption = Caption,
                CropsPerPicture = CropsPerPicture,
                HorizontalFlips = HorizontalFlips,
            },
            Condition = new ConditionSettings { Kind = new ConditionKind(Condition) },
            Layout = new RecipeLayout
            {
                Layer = string.IsNullOrWhiteSpace(Layer) ? null : Layer.Trim(),
                Timestep = Timestep,
                Components = Components,
                FitPictures = FitPictures,
                Photometric = Condition == "layout" ? Photometric : 0,
                AppearancePenalty = Condition == "layout" ? AppearancePenalty : 0,
                Pairs = folders.Pairs is { } looks ? Pairs!.ToRecipe(looks) : null,
            },
            ConditioningEmbeddingOutChannels = Widths(model),
            ProportionEmptyPrompts = ProportionEmptyPrompts,
            Training = Options,
        };

    private TrainingOptions Options =>
        new()
        {
            MaxTrainSteps = MaxTrainSteps,
            TrainBatchSize = TrainBatchSize,
            GradientAccumulationSteps = GradientAccumulationSteps,
            Seed = Seed,
            CheckpointingSteps = CheckpointingSteps,
            ValidationSteps = ValidationSteps,
            Optimizer = new OptimizerOptions
            {
                LearningRate = LearningRate,
                LrScheduler = LrScheduler,
                LrWarmupSteps = LrWarmupSteps,
                EmaDecay = EmaDecay,
            },
        };

    // The stem halves the picture's side from width to width, down to the latents'.
    private static IReadOnlyList<long> Widths(string model)
    {
        var config = Path.Combine(model, "vae", "config.json");
        if (!File.Exists(config))
            return UsualWidths; // a file, which the library refuses with what to do
        var stride = AutoencoderConfig.Parse(TextFile.Read(config)).Stride;
        var count = BitOperations.Log2((uint)stride) + 1;
        return count >= UsualWidths.Length
            ? [.. UsualWidths, .. Enumerable.Repeat(UsualWidths[^1], count - UsualWidths.Length)]
            : [.. new long[] { 32, 48, 64 }[..count]];
    }
}
