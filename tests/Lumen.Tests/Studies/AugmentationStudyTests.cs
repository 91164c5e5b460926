using Lumen.Augmentation;
using Lumen.Core.Tensors;
using Lumen.Research.Studies;
using Lumen.Testing;
using Lumen.Tests.Datasets;
using Xunit;

namespace Lumen.Tests.Studies;

public sealed class AugmentationStudyTests(StudyModel tiny) : IClassFixture<StudyModel>
{
    [Fact]
    public void The_area_under_the_curve_is_the_share_of_pairs_that_are_ordered_right()
    {
        var random = new RandomStream(3);
        double[] scores =
        [
            .. Enumerable.Range(0, 300).Select(i => Math.Floor(random.UniformAt(i) * AgreementBins.Count) / AgreementBins.Count),
        ];
        bool?[] wrong = [.. scores.Select((score, i) => i % 7 == 0 ? (bool?)null : random.For(1).UniformAt(i) > score)];
        var pairs =
            from i in Enumerable.Range(0, 300)
            where wrong[i] == true
            from j in Enumerable.Range(0, 300)
            where wrong[j] == false
            select scores[i] < scores[j] ? 1
            : scores[i] == scores[j] ? 0.5
            : 0;
        var counts = AgreementBins.Of(scores, wrong);
        Assert.Equal(pairs.Average(), AgreementBins.AreaUnderCurve(counts), 1e-12);
        Assert.Equal(wrong.Count(value => value is not null), (int)counts.Sum());
        Assert.Equal(1, AgreementBins.AreaUnderCurve(AgreementBins.Of([0.1, 0.2, 0.9], [true, true, false])));
        Assert.Equal(0.5, AgreementBins.AreaUnderCurve(AgreementBins.Of([0.5, 0.5], [true, false])));
        Assert.True(double.IsNaN(AgreementBins.AreaUnderCurve(AgreementBins.Of([0.5], [true]))));
        Assert.Equal((0.5, 1, 0.5), AgreementBins.Below(AgreementBins.Of([0.1, 0.2, 0.9, 0.8], [true, false, false, false]), 0.5));
    }

    [Fact]
    public void Names_of_trainings_come_back()
    {
        var arm = new AugmentationArm("shift", AugmentationArm.Baseline, 100, 2);
        Assert.Equal(arm, AugmentationArm.Parse(arm.Name));
        Assert.Equal(
            ("shift", "real-label-map", 100, "night"),
            AugmentationArm.OfRow(new StudyRow(arm.RowName("night"), 0, 1, new Dictionary<string, double[]>()))
        );
    }

    [Fact]
    public void Labels_by_day_are_augmented_by_the_augmentations_own_code_and_every_mixture_is_measured_with_its_gain()
    {
        using var folder = new TempFolder();
        var findings = Run(folder.Path, tiny.Recipe("augmentation"));
        var augmented = folder.File("pool/shift/enlarged");
        Assert.True(Verification.Run(augmented).IsSound);
        Assert.Equal(3, Manifest.Read(augmented).Count);
        Assert.All(
            Manifest.Read(augmented),
            entry => Assert.Contains(entry.Domain, (string[])["night-clear", "day-fog", "day-snow", "day-rain"])
        );
        Assert.Equal(3, Directory.GetFiles(folder.File("pool/same/label-map")).Length);

        var levels = findings.Tables.Single(table => table.Name == "shift-miou");
        Assert.Equal(AugmentationArm.Keys.Select(AugmentationArm.Title), levels.Rows.Select(row => row.Name));
        Assert.All(levels.Rows, row => Assert.All((string[])["labels_2", "labels_3"], column => Assert.Equal(3, row[column]!.References)));
        var gains = findings.Tables.Single(table => table.Name == "shift-miou-gain");
        Assert.Equal(
            levels["generated"]!["labels_3"]!.Value - levels["real"]!["labels_3"]!.Value,
            gains["generated"]!["labels_3"]!.Value,
            1e-9
        );
        Assert.Equal(
            ["night", "fog", "snow", "rain"],
            findings.Tables.Single(table => table.Name == "shift-domains").Columns.Select(column => column.Title)
        );
        Assert.All(
            (string[])["same-silog", "same-normal", "shift-normal-gain"],
            name => Assert.Contains(findings.Tables, table => table.Name == name)
        );
        Assert.All((string[])["sheet.png", "plot-shift-miou.png"], name => Assert.True(File.Exists(folder.File(name))));
        Assert.NotEmpty(findings.Targets);
    }

    [Fact]
    public void Photos_of_a_data_set_are_augmented_and_tested_on_what_is_held_out()
    {
        using var folder = new TempFolder();
        var data = new TinyDatasets(folder.File("camvid")).Write("camvid");
        var recipe = tiny.Recipe("augmentation");
        recipe = recipe with
        {
            Adapters = [recipe.Adapters[0]],
            Judge = null,
            References = TinyDatasets.HeldOut,
            Data = new StudyData { Folder = data, Caption = "a street by day" },
            Augmentation = recipe.Augmentation! with { Budgets = [2, TinyDatasets.Training] },
        };
        var findings = Run(folder.File("study"), recipe);
        Assert.Equal(TinyDatasets.Training, Manifest.Read(folder.File("study/pool/photos/enlarged")).Count);
        Assert.All(Manifest.Read(folder.File("study/pool/photos/enlarged")), entry => Assert.Equal("a street by day", entry.Prompt));
        Assert.Equal(["photos-miou", "photos-miou-gain"], findings.Tables.Select(table => table.Name));
        Assert.Equal(
            AugmentationArm.Keys.Where(key => key != AugmentationArm.Baseline).Select(AugmentationArm.Title),
            findings.Tables[0].Rows.Select(row => row.Name)
        );
        Assert.All(findings.Tables[0].Rows, row => Assert.Equal(TinyDatasets.HeldOut, row["labels_3"]!.References));
        Assert.Equal(2, findings.Targets.Count);
        var many = Assert.Throws<LumenException>(() =>
            Run(folder.File("many"), recipe with { Augmentation = recipe.Augmentation with { Budgets = [4] } })
        );
        Assert.Contains("has 3 to train on", many.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_question_may_ask_some_mixtures_at_every_budget_and_all_at_one()
    {
        using var folder = new TempFolder();
        var recipe = tiny.Recipe("augmentation");
        AugmentationSettingChoice[] settings =
        [
            new() { Name = "shift", Budgets = [2] },
            new()
            {
                Name = "shift",
                Budgets = [1, 3],
                Mixtures = [AugmentationArm.Real, AugmentationArm.Both],
            },
        ];
        var findings = Run(folder.Path, recipe with { Augmentation = recipe.Augmentation! with { Settings = settings } });
        var levels = findings.Tables.Single(table => table.Name == "shift-miou");
        Assert.Equal(["labels_1", "labels_2", "labels_3"], levels.Columns.Select(column => column.Key));
        Assert.Equal(AugmentationArm.Keys.Select(AugmentationArm.Title), levels.Rows.Select(row => row.Name));
        Assert.All((string[])["labels_1", "labels_2", "labels_3"], column => Assert.NotNull(levels["real + generated"]![column]));
        Assert.NotNull(levels["generated"]!["labels_2"]);
        Assert.Null(levels["generated"]!["labels_3"]);
        Assert.Equal(2, Directory.GetFiles(folder.File("pool/shift/label-map")).Length);
        Assert.False(Directory.Exists(folder.File("pool/same")));
    }

    [Fact]
    public void Networks_that_find_their_own_end_keep_labelled_pictures_and_their_variants_out_of_every_mixture()
    {
        using var folder = new TempFolder();
        var recipe = tiny.Recipe("augmentation");
        var options = recipe.Augmentation! with
        {
            Settings = [new() { Name = "shift", Mixtures = [AugmentationArm.Real, AugmentationArm.Both] }],
            EarlyStopping = new()
            {
                HeldOut = 0.4,
                Every = 1,
                Patience = 1,
            },
        };
        Assert.Equal((1, 1), (options.Trained(2), options.HeldOut(2)));
        Assert.Equal((3, 2), (options.Trained(5), options.HeldOut(5)));
        Assert.Equal((1, 1), ((options with { EarlyStopping = new() { HeldOut = 0.01 } }).HeldOut(3), options.HeldOut(3)));
        var findings = Run(folder.Path, recipe with { Augmentation = options });
        var levels = findings.Tables.Single(table => table.Name == "shift-miou");
        Assert.All(levels.Rows, row => Assert.NotNull(row["labels_3"]));
        Assert.Contains(findings.Setting, sentence => sentence.Contains("40 % of the labelled pictures", StringComparison.Ordinal));
        Assert.Contains(
            "early_stopping: patience must be",
            Assert
                .Throws<LumenException>(() =>
                    Run(
                        folder.File("b"),
                        recipe with
                        {
                            Augmentation = options with
                            {
                                EarlyStopping = new() { Patience = 0, HeldOut = 1 },
                            },
                        }
                    )
                )
                .Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_recipe_without_its_section_or_with_impossible_numbers_is_refused()
    {
        using var folder = new TempFolder();
        var recipe = tiny.Recipe("augmentation");
        Assert.Contains(
            "has no section",
            Assert.Throws<LumenException>(() => Run(folder.Path, recipe with { Augmentation = null })).Message,
            StringComparison.Ordinal
        );
        var error = Assert
            .Throws<LumenException>(() =>
                Run(
                    folder.Path,
                    recipe with
                    {
                        Augmentation = new()
                        {
                            Budgets = [4, 2],
                            Variants = 0,
                            IgnoreBelow = 2,
                        },
                    }
                )
            )
            .Message;
        Assert.All((string[])["budgets", "variants", "ignore_below"], name => Assert.Contains(name, error, StringComparison.Ordinal));
    }

    private StudyFindings Run(string folder, StudyRecipe recipe)
    {
        using var bench = new StudyBench(recipe, tiny.Model);
        return new StudyRun(new AugmentationStudy(), bench, folder).Run()!;
    }
}
