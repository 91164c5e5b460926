using System.Diagnostics;
using System.Globalization;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Research.Studies;

/// <summary>What studies share that generate pictures under several conditions, one table row each, and compare what comes out.</summary>
public abstract class GenerationStudy : IStudy
{
    private const int TrialPictures = 8;
    private const int SetSeeds = 1000;

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract string Question { get; }

    /// <inheritdoc/>
    public virtual void Check(StudyRecipe recipe)
    {
        if (recipe.Adapters.Count == 0)
            throw new LumenException(
                $"The study {Name} needs adapters: [{{ \"name\": \"layout\", \"adapter\": \"models/street-tiny/controlnet\" }}] in "
                    + "its recipe."
            );
    }

    /// <inheritdoc/>
    public StudyPlan Plan(StudyBench bench)
    {
        var conditions = Conditions(bench);
        var skipped = bench.Absent.Concat(Missing(bench)).ToArray();
        if (!conditions.Any(condition => condition.Adapter is not null))
            return new StudyPlan
            {
                Units = [],
                Identities = new Dictionary<string, string>(),
                Skipped = skipped,
                SecondsPerPicture = () => 0,
            };
        var units = conditions.SelectMany(condition => StudyUnit.Of(condition.Id, bench.Recipe, bench.Recipe.Seeds));
        return new StudyPlan
        {
            Units = [.. units.OrderBy(unit => unit.First)], // chunk by chunk: every condition has the same references at any time
            Identities = conditions.ToDictionary(condition => condition.Id, condition => condition.Identity),
            Skipped = skipped,
            SecondsPerPicture = () => SecondsPerPicture(conditions.First(condition => condition.Adapter is not null), bench),
        };
    }

    /// <inheritdoc/>
    public StudyUnitResult Run(StudyUnit unit, StudyBench bench)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var condition = Conditions(bench).First(one => one.Id == unit.Condition);
        var references = bench.References(unit);
        var requests = condition.Adapter is null ? [] : Requests(condition, references, bench);
        IReadOnlyList<Picture>[] seeds =
        [
            .. Enumerable
                .Range(1, bench.Recipe.Seeds)
                .Select(seed =>
                    condition.Adapter?.Generate(requests, seed, bench, generation: condition.Generation)
                    ?? RealPictures(condition, references, seed, bench)
                ),
        ];
        var samples = new Dictionary<string, Picture>();
        foreach (
            var (reference, i) in references
                .Select((reference, i) => (reference, i))
                .Where(pair => pair.reference.Index < bench.Recipe.SheetRows)
        )
        {
            samples[Sample(unit.Condition, reference.Index)] = seeds[0][i];
            if (seeds.Length > 1)
                samples[Sample($"{unit.Condition}-second", reference.Index)] = seeds[1][i];
            if (condition.Adapter is not null)
                samples[Sample($"{unit.Condition}-lead", reference.Index)] = condition.Adapter.Drawn(requests[i]);
        }
        var rows = new StudyPictureMetrics(bench).Rows(condition, references, seeds);
        if (condition == ComparisonReport.RealRenders && bench.Evaluator is { } evaluator)
            rows = [.. rows.Select(row => row.Seed == 0 ? row : WithSet(row, evaluator, bench))];
        foreach (var request in requests)
            request.Layout?.Dispose();
        return new StudyUnitResult(rows, samples);
    }

    /// <inheritdoc/>
    public abstract StudyFindings Conclude(IReadOnlyList<StudyRow> rows, StudyBench bench, StudyStore store);

    /// <summary>The conditions, the main one first.</summary>
    protected abstract IReadOnlyList<StudyCondition> Conditions(StudyBench bench);

    /// <summary>What is left out besides adapters that are absent.</summary>
    protected virtual IEnumerable<string> Missing(StudyBench bench) => [];

    /// <summary>Rows by condition.</summary>
    internal static IReadOnlyDictionary<string, IReadOnlyList<StudyRow>> ByCondition(IReadOnlyList<StudyRow> rows) =>
        rows.GroupBy(row => row.Condition).ToDictionary(group => group.Key, group => (IReadOnlyList<StudyRow>)[.. group]);

    /// <summary>The contact sheet: the reference, then a picture a condition; null if none was kept.</summary>
    /// <param name="bench">The references.</param>
    /// <param name="store">The stored pictures.</param>
    /// <param name="columns">Samples and captions.</param>
    internal static StudyDrawing? Sheet(StudyBench bench, StudyStore store, IReadOnlyList<(string Sample, string Caption)> columns)
    {
        var count = Math.Min(bench.Recipe.SheetRows, bench.Recipe.References);
        if (count == 0)
            return null;
        var references = Enumerable.Range(0, count).Select(bench.Reference).ToArray();
        references =
        [
            .. references.Where(reference => columns.All(column => store.Sample(Sample(column.Sample, reference.Index)) is not null)),
        ]; // a run that was begun with fewer rows has fewer
        if (references.Length == 0)
            return null;
        var rows = references.Select(reference =>
            (IReadOnlyList<Picture>)[reference.Picture, .. columns.Select(column => store.Sample(Sample(column.Sample, reference.Index))!)]
        );
        var sheet = ContactSheet.Compose(
            [.. rows],
            ["reference", .. columns.Select(column => column.Caption)],
            [.. references.Select(reference => reference.Prompt)],
            new ContactSheetOptions { CaptionSize = 12, CaptionLines = 6 }
        );
        return new StudyDrawing(
            "sheet",
            "Contact sheet: each reference with its prompt, and what each condition made of it from the same noise.",
            sheet
        );
    }

    /// <summary>Name of a stored sample.</summary>
    protected static string Sample(string condition, int reference) =>
        string.Create(CultureInfo.InvariantCulture, $"{condition}-{reference:000}");

    /// <summary>Seconds a picture by a trial of few steps; the extraction and the measures are a few steps more.</summary>
    /// <param name="condition">A condition that has an adapter.</param>
    /// <param name="bench">The recipe.</param>
    internal static double SecondsPerPicture(StudyCondition condition, StudyBench bench)
    {
        const int MeasuringSteps = 2;
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var requests = Requests(
            condition,
            [.. Enumerable.Range(0, Math.Min(TrialPictures, bench.Recipe.BatchSize)).Select(bench.Reference)],
            bench
        );
        _ = Seconds(1); // the first pass is slower
        var (one, three) = (Seconds(1), Seconds(3));
        foreach (var request in requests)
            request.Layout?.Dispose();
        return (one + Math.Max(0, three - one) / 2 * (bench.Recipe.Generation.NumInferenceSteps - 1 + MeasuringSteps)) / requests.Count;

        double Seconds(int steps)
        {
            var watch = Stopwatch.StartNew();
            condition.Adapter!.Generate(requests, 1, bench, steps);
            return watch.Elapsed.TotalSeconds;
        }
    }

    private static IReadOnlyList<Picture> RealPictures(
        StudyCondition condition,
        IReadOnlyList<StudyReference> references,
        int seed,
        StudyBench bench
    )
    {
        Picture[] pictures = [.. references.Select(reference => reference.RealVariant(seed))];
        return condition.Autoencoded
            ?
            [
                .. pictures.SelectMany(picture =>
                    PictureTensor.ToPictures(bench.Model.Decode(bench.Model.Encode(PictureTensor.ToTensor(picture))))
                ),
            ]
            : pictures;
    }

    // Another draw of real renders, which FID and KID compare all conditions with, the first draw among them.
    private static StudyRow WithSet(StudyRow row, StudyEvaluator evaluator, StudyBench bench) =>
        row with
        {
            Values = new SortedDictionary<string, double[]>(row.Values.ToDictionary(), StringComparer.Ordinal)
            {
                ["features_set"] = evaluator.Features([bench.Reference(row.Reference).RealVariant(SetSeeds + row.Seed)])[0],
            },
        };

    private static IReadOnlyList<GenerationRequest> Requests(
        StudyCondition condition,
        IReadOnlyList<StudyReference> references,
        StudyBench bench
    )
    {
        var adapter = condition.Adapter!;
        if (adapter.Layout is null)
            return [.. references.Select(reference => adapter.Request(reference.Annotated, reference.Prompt, reference.Index))];
        using var scope = NewDisposeScope();
        var layouts = adapter.LayoutsOf([.. references.Select(reference => reference.Picture)], bench);
        if (condition.Edit is not null)
            layouts = condition.Edit(layouts);
        return [.. references.Select((reference, i) => adapter.Request(layouts[i], reference.Prompt, reference.Index))];
    }
}
