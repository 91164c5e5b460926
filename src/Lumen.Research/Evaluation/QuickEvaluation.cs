using System.Text.Json.Nodes;
using Lumen.Core.Processes;
using Lumen.Generation;
using Lumen.Scenes;
using Lumen.Training.Data;
using static TorchSharp.torch;

namespace Lumen.Research.Evaluation;

/// <summary>
/// Measures a model and its adapter on street scenes whose layouts were never used in training: does the picture
/// come back, does the layout hold while the appearance changes, does the prompt decide. Deterministic, but for the seconds.
/// </summary>
public static class QuickEvaluation
{
    /// <summary>Renders held-out scenes, generates one picture of each in a different appearance, and measures.</summary>
    /// <param name="generator">Model and adapter.</param>
    /// <param name="options">How much to do.</param>
    /// <param name="progress">Receives every stage.</param>
    /// <param name="processes">The processes that share the pictures; each gets the whole report. Null for this one alone.</param>
    /// <param name="stop">Stops between pictures.</param>
    /// <exception cref="LumenException">The model has no adapter, or an option is out of range.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public static QuickReport Run(
        ImageGenerator generator,
        QuickEvaluationOptions? options = null,
        IProgress<EvaluationProgress>? progress = null,
        ICommunicator? processes = null,
        CancellationToken stop = default
    )
    {
        options ??= new QuickEvaluationOptions();
        options.Validate();
        var model = generator.Model;
        var adapter =
            generator.Adapter
            ?? throw new LumenException(
                $"The model {model.Name} has no adapter, so there is nothing to evaluate. Give `Adapter` a LUMEN adapter folder."
            );
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var scenes = EvaluationScene.Render(
            new SceneSelection(SceneSplit.Test, options.References, options.SceneSeed, model.NativeSize) { Detail = options.SceneDetail },
            stop
        );
        var probeScenes = EvaluationScene.Render(
            new SceneSelection(SceneSplit.Validation, options.ProbeScenes, options.SceneSeed, model.NativeSize)
            {
                Detail = options.SceneDetail,
            },
            stop
        );
        using var run = new QuickGeneration(generator, scenes, options, processes ?? new SingleProcess(), progress, stop);
        run.Generate();
        var obedience = new QuickObedience(run);
        var (day, clear) = (obedience.DayAndNight(), obedience.ClearAndFog());
        var looks = new QuickLooks(run).Figures();
        var accuracy = new QuickAccuracy(run, probeScenes);
        var (cells, channels) = (accuracy.OfComponents(), accuracy.OfChannels());
        using var agreements = LayoutRetrieval.Agreements(run.ResultLayouts, run.ReferenceLayouts);
        using var ceiling = LayoutRetrieval.Agreements(run.RenderLayouts, run.ReferenceLayouts);
        var agreement = agreements.diagonal().mean().item<float>();
        var count = day.Pairs + clear.Pairs;
        return new QuickReport
        {
            Model = model.Name,
            Setting =
                $"{options.References} held-out {EvaluationScene.Kind(options.SceneDetail)}scenes of {model.NativeSize} px, "
                + $"{options.Generation.NumInferenceSteps} steps, guidance "
                + $"{options.Generation.GuidanceScale}{Unusual(options.Generation)}, N = {adapter.Basis.Components} of "
                + adapter.Basis.Source.Layer,
            Options = options,
            Samples = run.Samples,
            Figures =
            [
                new("vae_psnr_db", "VAE reconstruction, PSNR", run.AutoencoderPsnr(), "dB", 32),
                new("layout_retrieval_top1", "layout retrieval top-1, another appearance", LayoutRetrieval.TopOne(agreements), Bar: 0.95),
                new("layout_retrieval_ceiling", "  the same by real renders in those appearances", LayoutRetrieval.TopOne(ceiling)),
                new("layout_agreement", "mean layout agreement with the own reference", agreement),
                new("layout_agreement_ceiling", "  the same by real renders in those appearances", ceiling.diagonal().mean().item<float>()),
                new(
                    "layout_agreement_others",
                    "mean layout agreement with other references",
                    (agreements.sum().item<float>() - agreement * scenes.Count) / (scenes.Count * (scenes.Count - 1.0))
                ),
                new("prompt_obedience", "prompt obedience, both kinds", (day.Right + clear.Right) / (double)count, Bar: 0.95),
                new("obedience_day_night", $"  by day brighter than at night ({day.Pairs} pairs)", day.Right / (double)day.Pairs),
                new(
                    "obedience_clear_fog",
                    $"  clear richer in local contrast than fog ({clear.Pairs} pairs)",
                    clear.Right / (double)clear.Pairs
                ),
                new(
                    "obedience_of_renders",
                    "  the same two orders in real renders",
                    (day.RightInRenders + clear.RightInRenders) / (double)count
                ),
                .. looks,
                new("cell_accuracy_of_ceiling", "cell accuracy as a share of the ceiling", cells.Results / cells.Ceiling, Bar: 0.90),
                new("cell_accuracy", $"  class accuracy of cells, results ({adapter.Basis.Components} components)", cells.Results),
                new("cell_accuracy_ceiling", "  the same on the real references", cells.Ceiling),
                new("cell_accuracy_floor", "  results against the labels of another reference", cells.Floor),
                new("cell_accuracy_all_channels", $"  results, all {adapter.Basis.Channels} channels, standardised", channels.Results),
                new("cell_accuracy_all_channels_ceiling", "  the same on the real references", channels.Ceiling),
                new("seconds_per_picture_warm", $"seconds a picture, warm, {options.BatchSize} at once", run.WarmSeconds, "s"),
                new("seconds_per_picture_cold", "seconds of the first picture", run.ColdSeconds, "s"),
            ],
        };
    }

    // Options that are not their defaults, but for those that are always named.
    private static string Unusual(GenerationOptions options)
    {
        var usual = QuickEvaluationOptions.Record(
            new GenerationOptions { NumInferenceSteps = options.NumInferenceSteps, GuidanceScale = options.GuidanceScale }
        );
        return string.Concat(
            QuickEvaluationOptions
                .Record(options)
                .Where(entry => !JsonNode.DeepEquals(entry.Value, usual[entry.Key]))
                .Select(entry => $", {entry.Key} {entry.Value}")
        );
    }
}

/// <summary>Where an evaluation is.</summary>
/// <param name="Stage">What is being done, in plain words.</param>
/// <param name="Done">Items of this stage that are done.</param>
/// <param name="Total">Items of this stage.</param>
public readonly record struct EvaluationProgress(string Stage, int Done, int Total);
