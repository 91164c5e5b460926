using System.CommandLine;
using Lumen.Conditions;
using Lumen.Training;
using Lumen.Training.Backbones;
using Lumen.Training.Data;

namespace Lumen.Cli;

/// <summary><c>lumen train</c>: recipes, with single settings overridden by flags.</summary>
internal sealed class TrainCommand
{
    private const string Common =
        "The recipe holds every setting; flags override it. Reports first how long the run will take and what it needs. "
        + "Ctrl-C saves a checkpoint; --resume-from-checkpoint latest continues from there, bit for bit. mpirun -np R shares every step "
        + "among R processes (docs/cluster.md).";

    private readonly Option<string?> _recipe = Flag.Text("--recipe", "FILE", "Recipe of the run (the built-in ones are in recipes).")
        .Mandatory();
    private readonly Option<string?> _data = Flag.Text(
        "--train-data-dir",
        "DIR",
        "Pictures to train on: a data set (only its training part is used), or any folder of pictures. Default: what the recipe says."
    );
    private readonly Option<bool> _heldOut = HeldOutFlag.Make();
    private readonly Option<string?> _caption = DatasetFlags.CaptionColumn();
    private readonly Option<bool> _outside = LinkFlag.Make();
    private readonly Option<int?> _resolution = Flag.Whole("--resolution", "Side in pixels of the square pictures that are trained on.");
    private readonly Option<bool> _buckets = Flag.Switch(
        "--aspect-buckets",
        "Bring pictures to the nearest of a few proportions with as many pixels as the square of --resolution, instead of cutting squares."
    );
    private readonly Option<string?> _start = Flag.Text(
        "--initialise-from",
        "MODEL",
        "Begin with the weights of this model folder instead of fresh ones; the recipe then describes no networks. For an adapter: the "
            + "folder of another adapter of the same kind."
    );
    private readonly Option<string?> _output = Flag.Text("--output-dir", "DIR", "Folder for checkpoints, previews and the result.")
        .Mandatory();
    private readonly Option<string?> _cache = Flag.Text(
        "--cache-dir",
        "DIR",
        "Folder for pictures, latents and layouts. Default: .work/cache."
    );
    private readonly Option<string?> _resume = Flag.Text(
        "--resume-from-checkpoint",
        "latest|STEP",
        "Go on from a checkpoint in the output folder."
    );
    private readonly Option<string?> _allowed = Flag.Text(
        "--allow-change",
        "ENTRY,ENTRY",
        "Go on from the checkpoint although these entries are others now (training.optimizer.learning_rate, pictures). Without it a "
            + "run that is not the same is refused."
    );
    private readonly Option<int?> _steps = Flag.Whole("--max-train-steps", "Optimiser steps in all.");
    private readonly Option<int?> _batch = Flag.Whole("--train-batch-size", "Samples a step.");
    private readonly Option<int?> _accumulation = Flag.Whole(
        "--gradient-accumulation-steps",
        "Batches a step; the processes of mpirun share them."
    );
    private readonly Option<double?> _rate = Flag.Number("--learning-rate", "Peak learning rate.");
    private readonly Option<string?> _schedule = Flag.Choice(
        "--lr-scheduler",
        ["constant", "cosine", "linear"],
        "Schedule of the learning rate after the warm-up."
    );
    private readonly Option<int?> _warmup = Flag.Whole("--lr-warmup-steps", "Steps of linear warm-up.");
    private readonly Option<int?> _checkpointing = Flag.Whole("--checkpointing-steps", "Save a checkpoint every N steps.");
    private readonly Option<int?> _limit = Flag.Whole("--checkpoints-total-limit", "Keep the last N checkpoints.");
    private readonly Option<int?> _validation = Flag.Whole("--validation-steps", "Validation figures and a preview every N steps.");
    private readonly Option<ulong?> _seed = Flag.Seed("--seed", "Seed of weights, order, noise and timesteps.");
    private readonly Option<double?> _empty = Flag.Number(
        "--proportion-empty-prompts",
        "Fraction of captions replaced by the empty prompt, 0 to 1."
    );

    private readonly Option<string?> _condition = Flag.Registered(
        "--condition",
        null,
        registry => [.. registry.Conditions.Kinds.Select(kind => ConditionCommand.WordOf(kind))],
        "Condition that the adapter is trained on; everything else is as in the recipe. Default: the recipe's, layout."
    );

    private readonly Option<int?> _components = Flag.Whole(
        "--components",
        "Train for this number of components alone: the layout has that many, and all are always kept. Default: the recipe's number, "
            + "nested."
    );

    private readonly Option<ulong?> _rotation = Flag.Seed(
        "--rotation-seed",
        "Turn the layout's components by a random orthogonal matrix of this seed."
    );

    private readonly Option<string?> _pairs = Flag.Text(
        "--pairs",
        "DIR",
        "Take the look out of the layout: what lumen augment wrote of these training pictures, in other looks, with an earlier adapter. "
            + "Default: the recipe's, none."
    );

    private readonly Option<string?> _weights = Flag.Text(
        "--backbone-weights",
        "PATH",
        "Weights of the vision transformer (DINO, DINOv2, CLIP, SigLIP, MAE) that layouts are read with; a block of the U-Net that the "
            + "recipe names as layer gives way to their usual layer. Default: the base model's own U-Net."
    );

    private readonly Option<string?> _family = Flag.Choice(
        "--family",
        RecipeBackbone.Families,
        "The family that the recipe must be of. Default: the recipe's."
    );

    private readonly Option<string?> _phrases = Flag.Text(
        "--phrases",
        "FILE",
        "TOML file of the phrases that it is to tell apart, measured on held-out pictures and kept with the weights. Default: the recipe's."
    );

    public static Command Build(Terminal terminal, CancellationToken stop) =>
        new("train", "Train an autoencoder, a base model, an adapter, a backbone, a CLIP or a perception network from a recipe.")
        {
            new TrainCommand().Verb("vae", $"Train an autoencoder.\n\nThe result is in OUTPUT/model/vae. {Common}", null, terminal, stop),
            new TrainCommand().Verb(
                "base",
                $"Train a base model (denoiser and text encoder) on a trained autoencoder.\n\nThe result is in OUTPUT/model. {Common}",
                Flag.Text(
                    "--vae",
                    "DIR",
                    "Model folder that lumen train vae wrote (it holds vae). Default: that of the model that is begun with."
                ),
                terminal,
                stop
            ),
            new TrainCommand().Verb(
                "adapter",
                "Train an adapter on a frozen base model: on neural layouts, without labels, or on a condition to compare them "
                    + $"with.\n\nThe result is in OUTPUT/controlnet. {Common}",
                ModelOptions.Model(),
                terminal,
                stop
            ),
            new TrainCommand().Verb(
                "perception",
                "Train a perception network to evaluate pictures with: classes, depth, normals, instances and headings, on street "
                    + $"scenes with their exact labels.\n\nThe result is in OUTPUT/perception. {Common}",
                null,
                terminal,
                stop
            ),
            new TrainCommand().Verb(
                "backbone",
                "Train a vision transformer without labels: self-distillation (dino), with masked patches and registers (dinov2), "
                    + "or pictures against captions (clip).\n\nThe result is in OUTPUT/model; layout fit --weights and train adapter "
                    + $"--backbone-weights take it. {Common}",
                null,
                terminal,
                stop
            ),
            new TrainCommand().Verb(
                "clip",
                "Train a small CLIP on pictures and their captions, with the tokenizer of a base model, so that both read the same "
                    + "words.\n\nIt chooses captions (lumen caption --clip) and measures how far pictures show what their prompts ask "
                    + $"for (--clip of generate and augment). The result is in OUTPUT/model. {Common}",
                ModelOptions.Model(),
                terminal,
                stop
            ),
        };

    private Command Verb(string kind, string description, Option<string?>? partner, Terminal terminal, CancellationToken stop)
    {
        var command = new Command(kind, description) { _recipe, _output };
        if (kind != "perception")
            command.Options.Add(_data);
        command.Options.Add(_heldOut);
        if (kind is "base" or "adapter" or "backbone" or "clip")
            command.Options.Add(_caption);
        command.Options.Add(_outside);
        if (partner is not null)
            command.Options.Add(partner);
        Option[] others =
        [
            _resolution,
            _cache,
            _resume,
            _allowed,
            _steps,
            _batch,
            _accumulation,
            _rate,
            _schedule,
            _warmup,
            _checkpointing,
            _limit,
            _validation,
            _seed,
        ];
        foreach (var option in others)
            command.Options.Add(option);
        var placement = PlacementFlags.AddToTraining(command);
        if (kind is "base" or "adapter")
        {
            command.Options.Add(_buckets);
            command.Options.Add(_empty);
        }
        if (kind is "vae" or "base" or "adapter")
            command.Options.Add(_start);
        if (kind == "backbone")
            command.Options.Add(_family);
        if (kind == "clip")
            command.Options.Add(_phrases);
        if (kind == "adapter")
        {
            command.Options.Add(_condition);
            command.Options.Add(_components);
            command.Options.Add(_rotation);
            command.Options.Add(_pairs);
            command.Options.Add(_weights);
        }
        command.SetAction(parsed =>
        {
            var (path, extensions) = (parsed.GetValue(_recipe)!, Extensions.Of(parsed));
            var recipe = Override(Recipe.Read(path, extensions.Registry), parsed, placement.Device(parsed));
            if (recipe.Kind != kind)
                throw new LumenException($"{path} is a recipe for lumen train {recipe.Kind}, not for lumen train {kind}.");
            if (parsed.GetValue(_family) is { } family && recipe.Backbone is { } backbone && family != backbone.Family)
                throw new LumenException($"{path} is a recipe for the family {backbone.Family}, not for {family}.");
            var given = partner is null ? null : parsed.GetValue(partner);
            var run = new TrainRun(terminal, recipe, parsed.GetValue(_output)!)
            {
                RecipePath = path,
                Extensions = extensions,
                Cache = parsed.GetValue(_cache) ?? Path.Combine(".work", "cache"),
                Flags = WithoutResuming([.. parsed.Tokens.Select(token => token.Value)]),
                Partner = kind is "adapter" or "clip" ? ModelOptions.ModelFolder(given) : given,
                Resume = parsed.GetValue(_resume),
                AllowedChanges =
                    parsed.GetValue(_allowed)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [],
                BackboneWeights = kind == "adapter" ? ModelOptions.Located(parsed.GetValue(_weights)) : null,
                Placement = placement.Of(parsed, device: recipe.Device),
            };
            return run.Run(stop);
        });
        return command;
    }

    private Recipe Override(Recipe recipe, ParseResult parsed, string? device)
    {
        var training = recipe.Training;
        var optimizer = training.Optimizer;
        var changed = recipe with
        {
            Data = recipe.Data with
            {
                Folder = parsed.GetValue(_data) ?? recipe.Data.Folder,
                Resolution = parsed.GetValue(_resolution) ?? recipe.Data.Resolution,
                AllowHeldOut = parsed.GetValue(_heldOut) || recipe.Data.AllowHeldOut,
                FollowOutside = parsed.GetValue(_outside) || recipe.Data.FollowOutside,
                AspectBuckets = parsed.GetValue(_buckets) ? recipe.Data.AspectBuckets ?? AspectBuckets.Usual : recipe.Data.AspectBuckets,
                CaptionColumn = parsed.GetValue(_caption) ?? recipe.Data.CaptionColumn,
            },
            Device = device ?? recipe.Device,
            InitialiseFrom = ModelOptions.StartOf(parsed.GetValue(_start) ?? recipe.InitialiseFrom),
            Condition = parsed.GetValue(_condition) is { } word ? ConditionOf(word, recipe.Condition) : recipe.Condition,
            Layout = recipe.Layout with
            {
                Layer =
                    parsed.GetValue(_weights) is not null && recipe.Layout.Layer?.StartsWith("up_blocks[", StringComparison.Ordinal) == true
                        ? null
                        : recipe.Layout.Layer,
                Components = parsed.GetValue(_components) ?? recipe.Layout.Components,
                FullLayouts = parsed.GetValue(_components) is null ? recipe.Layout.FullLayouts : 1,
                RotationSeed = parsed.GetValue(_rotation) ?? recipe.Layout.RotationSeed,
                Pairs = parsed.GetValue(_pairs) is { } pairs
                    ? (recipe.Layout.Pairs ?? new RecipePairs()) with
                    {
                        Folder = pairs,
                    }
                    : recipe.Layout.Pairs,
            },
            Phrases = parsed.GetValue(_phrases) ?? recipe.Phrases,
            ProportionEmptyPrompts = parsed.GetValue(_empty) ?? recipe.ProportionEmptyPrompts,
            Training = training with
            {
                MaxTrainSteps = parsed.GetValue(_steps) ?? training.MaxTrainSteps,
                TrainBatchSize = parsed.GetValue(_batch) ?? training.TrainBatchSize,
                GradientAccumulationSteps = parsed.GetValue(_accumulation) ?? training.GradientAccumulationSteps,
                CheckpointingSteps = parsed.GetValue(_checkpointing) ?? training.CheckpointingSteps,
                CheckpointsTotalLimit = parsed.GetValue(_limit) ?? training.CheckpointsTotalLimit,
                ValidationSteps = parsed.GetValue(_validation) ?? training.ValidationSteps,
                Seed = parsed.GetValue(_seed) ?? training.Seed,
                Optimizer = optimizer with
                {
                    LearningRate = parsed.GetValue(_rate) ?? optimizer.LearningRate,
                    LrScheduler = parsed.GetValue(_schedule) ?? optimizer.LrScheduler,
                    LrWarmupSteps = parsed.GetValue(_warmup) ?? optimizer.LrWarmupSteps,
                },
            },
        };
        if (changed.ProportionEmptyPrompts is not (>= 0 and <= 1))
            throw new LumenException($"--proportion-empty-prompts must be 0 to 1 but is {changed.ProportionEmptyPrompts}.");
        changed.Training.Validate();
        return changed;
    }

    // What the run was called with, to be called again.
    private static string[] WithoutResuming(string[] words) =>
        [
            .. words.Where(
                (word, at) =>
                    word is not ("--resume-from-checkpoint" or "--allow-change")
                    && (at == 0 || words[at - 1] is not ("--resume-from-checkpoint" or "--allow-change"))
            ),
        ];

    // The recipe's own numbers hold if it is of this kind already.
    private static ConditionSettings ConditionOf(string word, ConditionSettings recipe)
    {
        var kind = new ConditionKind(word.Replace('-', '_'));
        return recipe.Kind == kind ? recipe : new ConditionSettings { Kind = kind };
    }
}
