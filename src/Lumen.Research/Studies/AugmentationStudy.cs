using System.Text.Json;
using Lumen.Imaging;
using Lumen.Training;
using Lumen.Training.Data;
using Lumen.Training.Perception;

namespace Lumen.Research.Studies;

/// <summary>
/// Whether training gains from generated pictures: segmentation, depth and normals networks with the same optimiser steps on real, real and
/// generated, generated, and classically augmented pictures.
/// </summary>
public sealed class AugmentationStudy : IStudy
{
    /// <inheritdoc/>
    public string Name => "augmentation";

    /// <inheritdoc/>
    public string Question =>
        "Does training on generated pictures beside the labelled ones make perception better, in the same domain and in one that has "
        + "no labels?";

    /// <inheritdoc/>
    public void Check(StudyRecipe recipe)
    {
        var options =
            recipe.Augmentation
            ?? throw new LumenException(
                $"The recipe of the study {Name} has no section \"augmentation\" (budgets, variants, train_steps)."
            );
        if (options.Faults().ToArray() is { Length: > 0 } faults)
            throw new LumenException($"The recipe of the study {Name} cannot be used. {string.Join(" ", faults)}");
    }

    /// <inheritdoc/>
    public StudyPlan Plan(StudyBench bench)
    {
        var options = bench.Recipe.Augmentation!;
        if (bench.FirstLayoutAdapter is not { } adapter)
            return new StudyPlan
            {
                Units = [],
                Identities = new Dictionary<string, string>(),
                Skipped = bench.AbsentAdapters,
                SecondsPerPicture = () => 0,
            };
        var baseline = BaselineOf(bench);
        // more may be asked for later in the same folder
        var identity = JsonSerializer.Serialize(options with { Budgets = [], Settings = null });
        var units = new List<StudyUnit>();
        foreach (var setting in AugmentationSetting.Of(bench.Recipe))
        {
            // Pictures first, so that the trainings that follow need none; the cost is counted in pictures that pass through a network.
            var budgets = options.BudgetsOf(setting);
            if (budgets.Count == 0)
                continue;
            if (bench.Photos is { } photos && budgets[^1] > photos.TrainCount)
                throw new LumenException(
                    $"The recipe asks for {budgets[^1]} labelled pictures, but {bench.Recipe.Data!.Folder} has {photos.TrainCount} "
                        + "to train on. Lower \"budgets\"."
                );
            units.Add(new StudyUnit($"{setting.Name}.pool", 0, budgets[^1], budgets[^1] * options.Variants));
            var baselines = baseline is null
                ? 0
                : budgets.LastOrDefault(budget => options.MixturesOf(setting, budget).Contains(AugmentationArm.Baseline));
            if (baselines > 0)
                units.Add(new StudyUnit($"{setting.Name}.pool-label-map", 0, baselines, baselines * options.Variants));
            units.AddRange(
                from budget in budgets
                from key in options.MixturesOf(setting, budget)
                where key != AugmentationArm.Baseline || baseline is not null
                from seed in Enumerable.Range(1, bench.Recipe.Seeds)
                select new StudyUnit(new AugmentationArm(setting.Name, key, budget, seed).Name, 0, bench.Recipe.References, Cost(options))
            );
        }
        return new StudyPlan
        {
            Units = units,
            Identities = units.ToDictionary(
                unit => unit.Condition,
                unit =>
                    unit.Condition.EndsWith("label-map", StringComparison.Ordinal)
                    || unit.Condition.Contains(AugmentationArm.Baseline, StringComparison.Ordinal)
                        ? $"{baseline!.Identity}/{identity}"
                        : $"{adapter.Identity}/{identity}"
            ),
            Skipped =
            [
                .. bench.AbsentAdapters,
                .. baseline is null
                    ?
                    [
                        "Baseline: there is no adapter conditioned on label maps. Train one with lumen train "
                            + "adapter, `Condition` label-map, and the recipe of the layout's adapter.",
                    ]
                    : Array.Empty<string>(),
            ],
            SecondsPerPicture = () => Trial(bench, options),
        };
    }

    /// <inheritdoc/>
    public StudyUnitResult Run(StudyUnit unit, StudyBench bench)
    {
        var options = bench.Recipe.Augmentation!;
        var setting = AugmentationSetting.All.First(one => unit.Condition.StartsWith(one.Name + ".", StringComparison.Ordinal));
        var pool = bench.Shared(setting.Name, () => new AugmentationPool(setting, bench, options));
        if (unit.Condition == $"{setting.Name}.pool")
            pool.Augment(unit.Count);
        else if (unit.Condition == $"{setting.Name}.pool-label-map")
            pool.AugmentByLabels(BaselineOf(bench)!, unit.Count);
        else
            return new StudyUnitResult(Train(AugmentationArm.Parse(unit.Condition), pool, bench), new Dictionary<string, Picture>());
        return new StudyUnitResult(
            [],
            unit.Condition.EndsWith(".pool", StringComparison.Ordinal) ? Samples(pool, bench) : new Dictionary<string, Picture>()
        );
    }

    /// <inheritdoc/>
    public StudyFindings Conclude(IReadOnlyList<StudyRow> rows, StudyBench bench, StudyStore store) =>
        new AugmentationStudyReport(rows, bench).Findings() is var findings && Sheet(bench, store) is { } sheet
            ? findings with
            {
                Drawings = [.. findings.Drawings, sheet],
            }
            : findings;

    internal static StudyAdapter? BaselineOf(StudyBench bench) =>
        bench.Adapters.FirstOrDefault(adapter => adapter.Pictures?.Producer is Conditions.LabelMapCondition);

    private const int StreetSide = 128;

    // What one training costs, in pictures made: a guided step of generation and a step of training are about alike per picture at these
    // sizes.
    private static int Cost(AugmentationStudyOptions options) =>
        (int)
            Math.Max(
                1,
                options.TrainSteps * options.TrainBatchSize / 100 * Math.Pow((options.Resolution ?? StreetSide) / (double)StreetSide, 2)
            );

    private static List<StudyRow> Train(AugmentationArm arm, AugmentationPool pool, StudyBench bench)
    {
        var options = bench.Recipe.Augmentation!;
        var train = Data(arm, pool, bench);
        var perception = new PerceptionOptions
        {
            Training = new TrainingOptions
            {
                MaxTrainSteps = options.TrainSteps,
                TrainBatchSize = options.TrainBatchSize,
                Seed = (ulong)arm.Seed,
                ValidationSteps = int.MaxValue,
                Optimizer = new OptimizerOptions
                {
                    LearningRate = options.LearningRate,
                    LrWarmupSteps = Math.Min(50, options.TrainSteps / 4),
                    AdamWeightDecay = 0.01,
                    EmaDecay = 0.99,
                    LrScheduler = options.EarlyStopping is null ? "cosine" : "constant",
                },
            },
            Network = new PerceptionConfig
            {
                Widths = options.Widths,
                NormNumGroups = Math.Clamp(options.Widths[0] / 16, 1, 2),
                Classes = bench.Classes,
                Depth = train.Has.HasFlag(PerceptionLabels.Depth),
                Normals = train.Has.HasFlag(PerceptionLabels.Normals),
            },
            Augmentation = arm.Key == AugmentationArm.Classical ? PerceptionAugmentation.Classical : PerceptionAugmentation.FlipOnly,
            EarlyStopping = options.EarlyStopping?.Rule,
            Placement = bench.Model.Placement,
        };
        var heldOut = options.EarlyStopping is null
            ? train.First(1) // nothing is chosen by it
            : From(Enumerable.Range(options.Trained(arm.Budget), options.HeldOut(arm.Budget)).Select(pool.Real), bench);
        using var evaluator = StudyEvaluator.Of(PerceptionTraining.Run(train, heldOut, perception, null, bench.Stop));
        return Test(arm, evaluator, pool, bench);
    }

    // The labels of a budget are the same pictures for every mixture; half of the samples are real where there are both.
    private static PerceptionData Data(AugmentationArm arm, AugmentationPool pool, StudyBench bench)
    {
        var budget = bench.Recipe.Augmentation!.Trained(arm.Budget);
        PerceptionData? real = arm.Key == AugmentationArm.Generated ? null : From(Enumerable.Range(0, budget).Select(pool.Real), bench);
        var generated = arm.Key switch
        {
            AugmentationArm.Both or AugmentationArm.Generated => From(pool.Generated(budget, TrustFilter.Off), bench),
            AugmentationArm.Trusted => pool.Generated(budget, TrustFilter.On).ToArray() is { Length: > 0 } trusted
                ? From(trusted, bench)
                : null, // nothing may be left
            AugmentationArm.Baseline => From(pool.Baseline(budget), bench),
            _ => null,
        };
        if (real is null || generated is null)
            return (real ?? generated)!;
        return real.Subset(Enumerable.Range(0, Math.Max(1, generated.Count / real.Count)).SelectMany(_ => Enumerable.Range(0, real.Count)))
            .With(generated);
    }

    private static PerceptionData From(IEnumerable<LabelledPicture> pictures, StudyBench bench) =>
        PerceptionData.FromPictures(pictures.Select(picture => Seen(picture, bench.Recipe.Augmentation!)), bench.Classes);

    private static LabelledPicture Seen(LabelledPicture picture, AugmentationStudyOptions options) =>
        options.Resolution is { } side ? picture.Resized(side, side) : picture;

    private static List<StudyRow> Test(AugmentationArm arm, StudyEvaluator evaluator, AugmentationPool pool, StudyBench bench)
    {
        var rows = new List<StudyRow>();
        foreach (var (domain, _) in pool.Setting.Tests)
        {
            foreach (var chunk in Enumerable.Range(0, bench.Recipe.References).Chunk(bench.Recipe.BatchSize))
            {
                bench.Stop.ThrowIfCancellationRequested();
                var truths = chunk.Select(index => Seen(pool.Test(domain, index), bench.Recipe.Augmentation!)).ToArray();
                var figures = evaluator.Compare(
                    [.. truths.Select(truth => truth.Picture)],
                    [.. truths.Select(truth => (IReadOnlyList<LabelledPicture>)[truth])]
                );
                rows.AddRange(chunk.Select((index, at) => new StudyRow(arm.RowName(domain), index, arm.Seed, figures[at][0])));
            }
        }
        return rows;
    }

    private static Dictionary<string, Picture> Samples(AugmentationPool pool, StudyBench bench)
    {
        var samples = new Dictionary<string, Picture>();
        foreach (var index in Shown(bench, pool.Setting))
        {
            samples[Sample(pool.Setting, index, 0)] = pool.Real(index).Picture;
            foreach (var (number, picture) in pool.Shown(index).Index())
                samples[Sample(pool.Setting, index, number + 1)] = picture;
        }
        return samples;
    }

    private static StudyDrawing? Sheet(StudyBench bench, StudyStore store)
    {
        var columns = 1 + Math.Min(AugmentationPool.SheetColumns, bench.Recipe.Augmentation!.Variants);
        var rows = (
            from setting in AugmentationSetting.Of(bench.Recipe)
            from index in Shown(bench, setting)
            let row = Enumerable.Range(0, columns).Select(column => store.Sample(Sample(setting, index, column))).ToArray()
            where row.All(picture => picture is not null)
            select (setting.Title, Row: (IReadOnlyList<Picture>)[.. row.Select(picture => picture!)])
        ).ToArray();
        return rows.Length == 0
            ? null
            : new StudyDrawing(
                "sheet",
                "Labelled pictures and what was made of them: the same labels serve every picture of a row.",
                ContactSheet.Compose(
                    [.. rows.Select(row => row.Row)],
                    ["labelled", .. Enumerable.Range(1, columns - 1).Select(number => $"new {number}")],
                    [.. rows.Select(row => row.Title)],
                    new ContactSheetOptions { CaptionSize = 12 }
                )
            );
    }

    private static IEnumerable<int> Shown(StudyBench bench, AugmentationSetting setting) =>
        Enumerable.Range(0, Math.Min(bench.Recipe.SheetRows, bench.Recipe.Augmentation!.BudgetsOf(setting) is [.., var most] ? most : 0));

    private static string Sample(AugmentationSetting setting, int index, int number) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{setting.Name}-{index:000}-{number}");

    private static double Trial(StudyBench bench, AugmentationStudyOptions options)
    {
        var reference = bench.Reference(0);
        using var layouts = bench.FirstLayoutAdapter!.LayoutsOf([reference.Picture], bench);
        var request = bench.FirstLayoutAdapter.Request(layouts[0], reference.Prompt, 0);
        bench.FirstLayoutAdapter.Generate([request], 1, bench, steps: 1);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        bench.FirstLayoutAdapter.Generate([request], 1, bench, steps: 2);
        return watch.Elapsed.TotalSeconds / 2 * bench.Recipe.Generation.NumInferenceSteps;
    }
}
