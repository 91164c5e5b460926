using System.Globalization;
using Lumen.Augmentation;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Metrics;

namespace Lumen.Research.Studies;

/// <summary>
/// Whether agreement, which needs no labels, separates wrong pixels from right ones. Pictures are made as <c>lumen augment</c> makes them;
/// a pixel is wrong where the evaluator sees another class than the label that the picture inherits.
/// </summary>
public sealed class CalibrationStudy : IStudy
{
    private const string Id = "layout",
        Bins = "bins",
        FairBins = "bins_fair",
        BorderBins = "bins_border";
    private const double BorderReach = 8; // pixels at which a border is far
    private static readonly double[] Limits = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];

    private static readonly StudyColumn Area = new("auroc", "AUROC", "", true),
        Within = new("auroc_within", "AUROC within a picture", "", true),
        Wrong = new("wrong", "wrong pixels", "share");
    private static readonly StudyColumn Pixels = new("pixels", "pixels below", "share"),
        Caught = new("caught", "wrong pixels caught", "share", true),
        Precision = new("precision", "wrong among them", "share", true);
    private static readonly StudyColumn Rank = new("spearman", "Spearman, picture's agreement against its mIoU", "", true);

    /// <inheritdoc/>
    public string Name => "calibration";

    /// <inheritdoc/>
    public string Question =>
        "Does low agreement of layouts, which needs no labels, predict which pixels of a generated picture are wrong?";

    /// <inheritdoc/>
    public void Check(StudyRecipe recipe)
    {
        if (recipe.Adapters.Count == 0)
            throw new LumenException($"The study {Name} needs an adapter conditioned on layouts. Name one under \"adapters\".");
    }

    /// <inheritdoc/>
    public StudyPlan Plan(StudyBench bench)
    {
        if (bench.FirstLayoutAdapter is not { } adapter || bench.Evaluator is null)
            return new StudyPlan
            {
                Units = [],
                Identities = new Dictionary<string, string>(),
                Skipped = bench.Absent,
                SecondsPerPicture = () => 0,
            };
        return new StudyPlan
        {
            Units = [.. StudyUnit.Of(Id, bench.Recipe, bench.Recipe.Seeds)],
            Identities = new Dictionary<string, string> { [Id] = adapter.Identity },
            Skipped = bench.AbsentAdapters,
            SecondsPerPicture = () => Trial(bench),
        };
    }

    /// <inheritdoc/>
    public StudyUnitResult Run(StudyUnit unit, StudyBench bench) => Measure([.. unit.References.Select(bench.Street)], bench);

    /// <inheritdoc/>
    public StudyFindings Conclude(IReadOnlyList<StudyRow> rows, StudyBench bench, StudyStore store)
    {
        var resamples = bench.Recipe.Resamples;
        var table = new StudyTable(
            "auroc",
            "Does the score find wrong pixels?",
            "score, pixels",
            [Area, Within, Wrong],
            [
                Row("agreement, all pixels", Bins),
                Row("agreement, pixels that the evaluator sees right in a real render of the same look", FairBins),
                Row("nearness of a class border, all pixels (needs labels)", BorderBins),
            ]
        )
        {
            Note =
                "AUROC: probability that a wrong pixel scores lower than a right one; 0.5 says nothing. Pixels of all pictures "
                + "together, and the mean over pictures. The second row leaves out what the evaluator gets wrong without any generation.",
        };
        var limits = new StudyTable(
            "limits",
            "What `IgnoreBelow` would do",
            "agreement below",
            [Pixels, Caught, Precision],
            [
                .. Limits.Select(limit => new StudyTableRow(
                    Text(limit),
                    new Dictionary<string, StudyFigure?>
                    {
                        [Pixels.Key] = Limit(limit, one => one.Pixels),
                        [Caught.Key] = Limit(limit, one => one.Caught),
                        [Precision.Key] = Limit(limit, one => one.Precision),
                    }
                )),
            ]
        );
        var rank = StudyStatistics.Of(rows, Spearman, resamples);
        var items = new StudyTable(
            "pictures",
            "Does a picture's agreement predict its mIoU?",
            "pictures",
            [Rank],
            [new StudyTableRow("all", new Dictionary<string, StudyFigure?> { [Rank.Key] = rank })]
        );
        var (all, border) = (table.Rows[0][Area.Key], table.Rows[2][Area.Key]);
        return new StudyFindings
        {
            Setting =
            [
                .. bench.Setting(generates: true),
                "Pictures are made by the code of lumen augment; agreement is interpolated from cells to pixels, as for "
                    + "`IgnoreBelow` and confidence/.",
            ],
            Tables = [table, limits, items],
            Drawings = [.. Drawings(limits), .. Sheet(bench, store) is { } sheet ? new[] { sheet } : []],
            Meaning = all is null
                ? "There are no wrong pixels to find."
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"A wrong pixel has lower agreement than a right one with probability {all.ToText("0.000")}; nearness of a "
                        + $"class border alone, which needs labels, gives {border?.ToText("0.000") ?? "-"}. Over pictures, agreement "
                        + $"and mIoU have a rank correlation of {rank?.ToText("0.00") ?? "-"}."
                ),
            Targets =
            [
                new StudyTarget(
                    "agreement finds wrong pixels better than chance (AUROC above 0.5, outside the interval)",
                    all?.ToText("0.000") ?? "-",
                    all is null ? null : all.Low > 0.5
                ),
            ],
            WouldChange =
            [
                "An evaluator that is wrong for other reasons than generation; the second row of the first table bounds that.",
                "Better weights: where fewer pixels are wrong, those that are left may be harder to find.",
                "Other pictures than streets, for which no truth was available.",
            ],
        };

        StudyTableRow Row(string name, string key) =>
            new(
                name,
                new Dictionary<string, StudyFigure?>
                {
                    [Area.Key] = StudyStatistics.Of(rows, drawn => AgreementBins.AreaUnderCurve(Sum(drawn, key)), resamples),
                    [Within.Key] = StudyStatistics.Of(
                        rows.Where(row => double.IsFinite(AgreementBins.AreaUnderCurve(row.Values[key]))),
                        drawn => drawn.Average(row => AgreementBins.AreaUnderCurve(row.Values[key])),
                        resamples
                    ),
                    [Wrong.Key] = StudyStatistics.Of(rows, drawn => AgreementBins.Below(Sum(drawn, key), 1).Precision, resamples),
                }
            );

        StudyFigure? Limit(double limit, Func<(double Pixels, double Caught, double Precision), double> of) =>
            StudyStatistics.Of(rows, drawn => of(AgreementBins.Below(Sum(drawn, Bins), limit)), resamples);
    }

    private static List<StudyDrawing> Drawings(StudyTable limits)
    {
        PlotPoint[] Points(StudyColumn column) =>
            [
                .. limits
                    .Rows.Where(row => row[column.Key] is not null)
                    .Select(row => new PlotPoint(double.Parse(row.Name, CultureInfo.InvariantCulture), row[column.Key]!)),
            ];
        return
        [
            new StudyDrawing(
                "plot-limits",
                "What ignoring pixels below an agreement costs and catches, with 95 % intervals.",
                StudyPlot.Curves(
                    "Pixels below a limit of agreement",
                    ("limit", "share"),
                    Limits,
                    [("all pixels", Points(Pixels)), ("wrong pixels caught", Points(Caught)), ("wrong among them", Points(Precision))]
                )
            ),
        ];
    }

    private static double Spearman(IReadOnlyList<StudyRow> rows)
    {
        double[] agreement = [.. rows.Select(row => row["agreement"])],
            alignment = [.. rows.Select(row => PictureColumns.MeanIoUOf(row.Values["confusion"]))];
        return agreement.Distinct().Count() < 2 || alignment.Distinct().Count() < 2
            ? double.NaN
            : RankCorrelation.Spearman(agreement, alignment);
    }

    private static double[] Sum(IReadOnlyList<StudyRow> rows, string key)
    {
        var sum = new double[2 * AgreementBins.Count];
        foreach (var row in rows)
            for (var at = 0; at < sum.Length; at++)
                sum[at] += row.Values[key][at];
        return sum;
    }

    private static double Trial(StudyBench bench)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Measure([bench.Street(0)], bench);
        return watch.Elapsed.TotalSeconds / bench.Recipe.Seeds;
    }

    private static StudyUnitResult Measure(IReadOnlyList<StreetReference> references, StudyBench bench)
    {
        var recipe = bench.Recipe;
        var options = recipe.Generation;
        using var maker = new VariantMaker(
            new ImageGenerator(bench.Model, bench.FirstLayoutAdapter!.Layout),
            options,
            new VariantSizing(Batch: recipe.BatchSize)
        );
        var sources = references.Select(reference => maker.Open(reference.Picture)).ToArray();
        try
        {
            var tasks = references
                .SelectMany(
                    (reference, at) =>
                        Enumerable.Range(1, recipe.Seeds).Select(seed => (Reference: reference, Seed: seed, Source: sources[at]))
                )
                .ToArray();
            var (rows, samples) = (new List<StudyRow>(), new Dictionary<string, Picture>());
            foreach (var chunk in tasks.Chunk(recipe.BatchSize))
            {
                var made = maker.Make(
                    [
                        .. chunk.Select(task => new VariantRequest(
                            task.Source,
                            new PromptChoice("", "", task.Reference.Prompt, ""),
                            VariantMaker.SeedOf((ulong)task.Seed, Id, task.Reference.Index, 0),
                            recipe.Generation.ConditioningScale
                        )),
                    ],
                    bench.Stop
                );
                var (seen, real) = (
                    bench.Evaluator!.Labels([.. made.Select(one => one.Picture)]),
                    bench.Evaluator.Labels([.. chunk.Select(task => task.Reference.RealVariant(task.Seed))])
                );
                rows.AddRange(chunk.Select((task, at) => Row(task.Reference, task.Seed, made[at], seen[at], real[at])));
                foreach (
                    var (task, at) in chunk
                        .Select((task, at) => (task, at))
                        .Where(one => one.task.Seed == 1 && one.task.Reference.Index < recipe.SheetRows)
                )
                {
                    var (variant, width, height) = (made[at], task.Reference.Picture.Width, task.Reference.Picture.Height);
                    samples[Sample(task.Reference.Index, "made")] = variant.Picture;
                    samples[Sample(task.Reference.Index, "agreement")] = AgreementMap.Drawn(
                        variant.AgreementAt(width, height),
                        width,
                        height
                    );
                    samples[Sample(task.Reference.Index, "right")] = AgreementMap.Drawn(
                        [.. task.Reference.Scene.Labels.Select((label, pixel) => label == seen[at][pixel] ? 1f : 0)],
                        width,
                        height
                    );
                }
            }
            return new StudyUnitResult(rows, samples);
        }
        finally
        {
            foreach (var source in sources)
                source.Dispose();
        }
    }

    private static StudyRow Row(StreetReference reference, int seed, GeneratedVariant made, byte[] seen, byte[] real)
    {
        var truth = reference.Scene.Labels;
        var classes = Training.Data.SceneLabels.Classes.Count;
        double[] agreement = [.. made.AgreementAt(reference.Picture.Width, reference.Picture.Height).Select(value => (double)value)];
        bool?[] wrong = [.. truth.Select((label, at) => label >= classes ? (bool?)null : seen[at] != label)];
        bool?[] fair = [.. wrong.Select((value, at) => real[at] == truth[at] ? value : null)];
        double[] border =
        [
            .. RegionKeeper
                .Distance(Borders(truth, reference.Picture.Width), reference.Picture.Width, reference.Picture.Height)
                .Select(distance => Math.Min(1, distance / BorderReach)),
        ];
        var confusion = new double[classes * classes];
        for (var at = 0; at < truth.Length; at++)
            if (truth[at] < classes && seen[at] < classes)
                confusion[truth[at] * classes + seen[at]]++;
        return new StudyRow(
            Id,
            reference.Index,
            seed,
            new SortedDictionary<string, double[]>(StringComparer.Ordinal)
            {
                ["agreement"] = [made.Agreement.Mean],
                ["confusion"] = confusion,
                [Bins] = AgreementBins.Of(agreement, wrong),
                [FairBins] = AgreementBins.Of(agreement, fair),
                [BorderBins] = AgreementBins.Of(border, wrong),
            }
        );
    }

    private static StudyDrawing? Sheet(StudyBench bench, StudyStore store)
    {
        string[] columns = ["made", "agreement", "right"];
        var rows = Enumerable
            .Range(0, Math.Min(bench.Recipe.SheetRows, bench.Recipe.References))
            .Select(bench.Reference)
            .Where(reference => columns.All(column => store.Sample(Sample(reference.Index, column)) is not null))
            .ToArray();
        return rows.Length == 0
            ? null
            : new StudyDrawing(
                "sheet",
                "Reference, picture made of it, its agreement (white is full), and where the evaluator sees the reference's class (white).",
                ContactSheet.Compose(
                    [
                        .. rows.Select(reference =>
                            (IReadOnlyList<Picture>)
                                [reference.Picture, .. columns.Select(column => store.Sample(Sample(reference.Index, column))!)]
                        ),
                    ],
                    ["reference", .. columns],
                    [.. rows.Select(reference => reference.Prompt)],
                    new ContactSheetOptions { CaptionSize = 12, CaptionLines = 6 }
                )
            );
    }

    private static string Sample(int reference, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"calibration-{reference:000}-{what}");

    // Pixels whose right or lower neighbour is of another class.
    private static bool[] Borders(byte[] labels, int width) =>
        [
            .. labels.Select(
                (label, at) =>
                    (at % width < width - 1 && labels[at + 1] != label) || (at + width < labels.Length && labels[at + width] != label)
            ),
        ];

    private static string Text(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
