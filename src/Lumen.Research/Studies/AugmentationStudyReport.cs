using System.Globalization;

namespace Lumen.Research.Studies;

/// <summary>Tables, plots and sentences of the study of augmentation.</summary>
/// <param name="rows">Of every test picture and network.</param>
/// <param name="bench">The recipe.</param>
internal sealed class AugmentationStudyReport(IReadOnlyList<StudyRow> rows, StudyBench bench)
{
    private const int TargetBudget = 100;
    private const double TargetGain = 0.05;

    private static readonly StudyColumn[] Measures =
    [
        PictureColumns.MeanIoU,
        new("silog", "SILog of depth", "", false),
        new("normal", "normal error", "degrees", false, "0.00"),
    ];

    private readonly AugmentationStudyOptions _options = bench.Recipe.Augmentation!;
    private readonly ILookup<(string Setting, string Key, int Budget), StudyRow> _rows = rows.ToLookup(row =>
        AugmentationArm.OfRow(row) is var (setting, key, budget, _) ? (setting, key, budget) : default
    );

    /// <summary>All of it.</summary>
    public StudyFindings Findings()
    {
        var (tables, drawings) = (new List<StudyTable>(), new List<StudyDrawing>());
        foreach (var setting in AugmentationSetting.Of(bench.Recipe))
        {
            foreach (var measure in Measures)
            {
                if (Levels(setting, measure) is not { } levels)
                    continue;
                tables.Add(levels);
                drawings.Add(Curves(setting, measure, levels));
                if (Gains(setting, measure) is { } gains)
                    tables.Add(gains);
            }
            if (setting.Tests.Count > 1 && Domains(setting) is { } domains)
                tables.Add(domains);
        }
        var targets = Targets().ToArray();
        return new StudyFindings
        {
            Setting =
            [
                .. bench.Setting(generates: true),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Every network: widths {string.Join(", ", _options.Widths)}, {Steps} of "
                        + $"{_options.TrainBatchSize} "
                        + $"pictures{(_options.Resolution is { } side ? $" at {side} x {side} pixels" : "")}, learning rate "
                        + $"{_options.LearningRate}, {(_options.EarlyStopping is null ? "cosine" : "constant")}; mirrored pictures in all "
                        + $"mixtures. {bench.Recipe.Seeds} seeds a mixture and budget."
                ),
                $"{_options.Variants} new pictures a labelled one by the code of lumen augment; where labelled and generated "
                    + "pictures are mixed, half of the samples are of each kind. The generator itself was trained on "
                    + $"{(bench.Recipe.Data is null ? "pictures of such streets in every look" : "the pictures of the training part")}"
                    + ", without labels.",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Trust filter: pictures of agreement below {_options.MinAgreement} are left out, pixels below "
                        + $"{_options.IgnoreBelow} are ignored."
                ),
                "Intervals are over test pictures; the deviation after ± is over training seeds.",
            ],
            Tables = tables,
            Drawings = drawings,
            Meaning = Meaning(),
            Targets = targets,
            WouldChange =
            [
                "Better weights of the generator: a picture that moves a car's border teaches the wrong border.",
                "More optimiser steps or a larger network: small budgets overfit, and the best number of steps need not be the same "
                    + "for every mixture.",
                bench.Recipe.Data is null
                    ? "Other worlds: test pictures are renders of the world that the generator knows."
                    : "Weights that have seen more than these few photos: a pretrained Stable Diffusion in the place of the small model.",
            ],
        };
    }

    private string Steps =>
        _options.EarlyStopping is { } stopping
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"at most {_options.TrainSteps} steps, ended by one rule for all ({100 * stopping.HeldOut:0} % of the labelled pictures "
                    + $"are kept out of every mixture with what was made of them, looked at every {stopping.Every} steps; after "
                    + $"{stopping.Patience} looks without a new best mIoU the best weights are taken),"
            )
            : $"{_options.TrainSteps} steps";

    private static string Column(int budget) => $"labels_{budget}";

    private IEnumerable<string> Keys(AugmentationSetting setting) =>
        AugmentationArm.Keys.Where(key => _options.BudgetsOf(setting).Any(budget => _rows.Contains((setting.Name, key, budget))));

    private StudyColumn[] Columns(AugmentationSetting setting, StudyColumn measure) =>
        [.. _options.BudgetsOf(setting).Select(budget => measure with { Key = Column(budget), Title = $"{budget} labels", Unit = "" })];

    private StudyTable? Levels(AugmentationSetting setting, StudyColumn measure)
    {
        StudyTableRow[] lines =
        [
            .. Keys(setting)
                .Select(key => new StudyTableRow(
                    AugmentationArm.Title(key),
                    _options
                        .BudgetsOf(setting)
                        .ToDictionary(
                            Column,
                            budget => PictureColumns.Figure(measure, [.. _rows[(setting.Name, key, budget)]], null, bench.Recipe.Resamples)
                        )
                )),
        ];
        return lines.All(line => line.Figures.Values.All(figure => figure is null))
            ? null
            : new StudyTable(
                $"{setting.Name}-{measure.Key}",
                $"{setting.Title}: {measure.Heading}",
                "trained on",
                Columns(setting, measure),
                lines
            );
    }

    private StudyTable? Gains(AugmentationSetting setting, StudyColumn measure)
    {
        StudyTableRow[] lines =
        [
            .. Keys(setting)
                .Where(key => key != AugmentationArm.Real)
                .Select(key => new StudyTableRow(
                    AugmentationArm.Title(key),
                    _options.BudgetsOf(setting).ToDictionary(Column, budget => Gain(setting, measure, key, budget))
                )),
        ];
        return lines.All(line => line.Figures.Values.All(figure => figure is null))
            ? null
            : new StudyTable(
                $"{setting.Name}-{measure.Key}-gain",
                $"{setting.Title}: {measure.Title} less that of labelled pictures alone",
                "trained on",
                Columns(setting, measure),
                lines
            )
            {
                Note = "The same test pictures on both sides.",
            };
    }

    private StudyFigure? Gain(AugmentationSetting setting, StudyColumn measure, string key, int budget)
    {
        var (source, figure) = PictureColumns.Of(measure);
        return StudyStatistics.Difference(
            _rows[(setting.Name, key, budget)].Where(row => row.Has(source)),
            _rows[(setting.Name, AugmentationArm.Real, budget)].Where(row => row.Has(source)),
            figure,
            bench.Recipe.Resamples
        );
    }

    private StudyTable? Domains(AugmentationSetting setting)
    {
        var budget = Nearest(setting);
        var columns = setting.Tests.Select(test => PictureColumns.MeanIoU with { Key = test.Name, Title = test.Name }).ToArray();
        StudyTableRow[] lines =
        [
            .. Keys(setting)
                .Select(key => new StudyTableRow(
                    AugmentationArm.Title(key),
                    setting.Tests.ToDictionary(
                        test => test.Name,
                        test =>
                            PictureColumns.Figure(
                                PictureColumns.MeanIoU,
                                [.. _rows[(setting.Name, key, budget)].Where(row => AugmentationArm.OfRow(row).Domain == test.Name)],
                                null,
                                bench.Recipe.Resamples
                            )
                    )
                )),
        ];
        return lines.Length == 0
            ? null
            : new StudyTable($"{setting.Name}-domains", $"{setting.Title}: mIoU by domain, {budget} labels", "trained on", columns, lines);
    }

    private StudyDrawing Curves(AugmentationSetting setting, StudyColumn measure, StudyTable levels)
    {
        var series = Keys(setting)
            .Select(key =>
                (
                    AugmentationArm.Title(key),
                    (IReadOnlyList<PlotPoint>)
                        [
                            .. _options
                                .BudgetsOf(setting)
                                .Where(budget => levels[AugmentationArm.Title(key)]?[Column(budget)] is not null)
                                .Select(budget => new PlotPoint(budget, levels[AugmentationArm.Title(key)]![Column(budget)]!)),
                        ]
                )
            )
            .ToArray();
        return new StudyDrawing(
            $"plot-{setting.Name}-{measure.Key}",
            $"{setting.Title}: {measure.Title} by labelled pictures, with 95 % intervals.",
            StudyPlot.Curves(
                $"{setting.Title}: {measure.Title}",
                ("labelled pictures", measure.Unit),
                [.. _options.BudgetsOf(setting).Select(budget => (double)budget)],
                series
            )
        );
    }

    private int Nearest(AugmentationSetting setting) =>
        _options.BudgetsOf(setting).DefaultIfEmpty(TargetBudget).MinBy(budget => Math.Abs(Math.Log(budget / (double)TargetBudget)));

    private IEnumerable<StudyTarget> Targets()
    {
        if (bench.Recipe.Data is not null)
        {
            foreach (var labels in _options.BudgetsOf(AugmentationSetting.Photos))
            {
                var gain = Gain(AugmentationSetting.Photos, Measures[0], AugmentationArm.Both, labels);
                yield return new StudyTarget(
                    $"photos: mIoU gain above 0 at {labels} labels",
                    Text(gain, Measures[0]),
                    gain is null ? null : gain.Low > 0
                );
            }
            yield break;
        }
        var budget = Nearest(AugmentationSetting.Shift);
        var shift = Gain(AugmentationSetting.Shift, Measures[0], AugmentationArm.Both, budget);
        yield return new StudyTarget(
            $"domain shift: mIoU gain of 0.05 or more at {TargetBudget} labels, outside the interval",
            Text(shift, Measures[0]),
            shift is null || budget != TargetBudget ? null : shift.Value >= TargetGain && shift.Low > 0
        );
        foreach (var few in _options.BudgetsOf(AugmentationSetting.Same).Where(one => one is >= 25 and <= TargetBudget))
        {
            var same = Gain(AugmentationSetting.Same, Measures[0], AugmentationArm.Both, few);
            yield return new StudyTarget(
                $"same domain: mIoU gain above 0 at {few} labels",
                Text(same, Measures[0]),
                same is null ? null : same.Low > 0
            );
        }
        foreach (var measure in Measures[1..])
        {
            var less = Gain(AugmentationSetting.Shift, measure, AugmentationArm.Both, budget);
            yield return new StudyTarget(
                $"domain shift: {measure.Title} down at {budget} labels",
                Text(less, measure),
                less is null ? null : less.High < 0
            );
        }
    }

    private string Meaning()
    {
        if (bench.Recipe.Data is not null)
        {
            var gains = _options
                .BudgetsOf(AugmentationSetting.Photos)
                .Select(labels =>
                    $"with {labels} labels by "
                    + $"{Text(Gain(AugmentationSetting.Photos, Measures[0], AugmentationArm.Both, labels), Measures[0])} "
                    + "(classical augmentation "
                    + $"{Text(Gain(AugmentationSetting.Photos, Measures[0], AugmentationArm.Classical, labels), Measures[0])})"
                );
            return $"Generated pictures beside the labelled photos change mIoU {string.Join(", ", gains)}.";
        }
        string[] found =
        [
            .. Changed(
                AugmentationSetting.Shift,
                "under domain shift",
                (AugmentationArm.Trusted, "with the trust filter"),
                (AugmentationArm.Classical, "classical augmentation")
            ),
            .. Changed(AugmentationSetting.Same, "in the same domain", (AugmentationArm.Classical, "classical augmentation")),
        ];
        return found.Length == 0
            ? "Nothing was measured of generated pictures beside labelled ones."
            : $"Generated pictures beside the labelled ones change mIoU {string.Join("; and ", found)}.";
    }

    // What was not asked is not mentioned.
    private IEnumerable<string> Changed(AugmentationSetting setting, string where, params (string Key, string Name)[] others)
    {
        var budget = Nearest(setting);
        if (Gain(setting, Measures[0], AugmentationArm.Both, budget) is not { } gain)
            yield break;
        var beside = others
            .Select(other => (other.Name, Gain: Gain(setting, Measures[0], other.Key, budget)))
            .Where(other => other.Gain is not null)
            .Select(other => $"{other.Name} {Text(other.Gain, Measures[0])}")
            .ToArray();
        yield return $"with {budget} labels by {Text(gain, Measures[0])} "
            + $"{where}{(beside.Length == 0 ? "" : $" ({string.Join("; ", beside)})")}";
    }

    private static string Text(StudyFigure? figure, StudyColumn measure) => figure?.ToText(measure.Format) ?? "-";
}
