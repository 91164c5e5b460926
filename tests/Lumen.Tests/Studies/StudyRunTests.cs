using System.Text.Json.Nodes;
using Lumen.Core.Tensors;
using Lumen.Datasets;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Research.Studies;
using Lumen.Testing;
using Lumen.Tests.Datasets;
using Lumen.Training.Data;
using Lumen.Training.Perception;
using Xunit;

namespace Lumen.Tests.Studies;

public sealed class StudyRunTests(StudyModel tiny) : IClassFixture<StudyModel>
{
    public static TheoryData<string> Studies => [.. StudyList.All.Select(study => study.Name)];

    [Theory]
    [MemberData(nameof(Studies))]
    public void Every_study_runs_from_recipe_to_report(string name)
    {
        using var folder = new TempFolder();
        var findings = Run(name, folder.Path, tiny.Recipe(name));
        var report = File.ReadAllText(folder.File("report.md"));
        var json = JsonNode.Parse(File.ReadAllText(folder.File("study.json")))!;
        Assert.Equal(name, (string)json["study"]!);
        Assert.NotEmpty(findings.Tables);
        Assert.All(
            findings.Tables,
            table => Assert.True(table.Columns.Count > 0 && table.Rows.Count > 0 && File.Exists(folder.File($"table-{table.Name}.csv")))
        );
        Assert.Matches(@"\d \[-?\d+\.\d+, -?\d+\.\d+\]", report); // figures have intervals
        Assert.Contains("What would change the conclusion", report, StringComparison.Ordinal);
        Assert.Contains("Adapter absent: there is no folder", report, StringComparison.Ordinal); // what is absent is named
        Assert.True(findings.Meaning.Length > 40 && report.Contains(findings.Meaning, StringComparison.Ordinal));
        Assert.All(findings.Drawings, drawing => Assert.True(File.Exists(folder.File(drawing.Name + ".png"))));
        Assert.Equal(name != "correlation", File.Exists(folder.File("sheet.png")));
        Assert.DoesNotContain("NaN", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Conditions_are_compared_with_a_ceiling_and_a_floor()
    {
        using var folder = new TempFolder();
        var findings = Run("conditions", folder.Path, tiny.Recipe("conditions"));
        var (alignment, freedom) = (findings.Tables[0], findings.Tables[1]);
        Assert.Equal(
            [
                "layout",
                "label-map",
                "canny",
                "depth",
                "real pictures through the autoencoder",
                "real pictures (ceiling)",
                "layout, against another reference (floor)",
            ],
            alignment.Rows.Select(row => row.Name)
        );
        Assert.All(
            new[] { "miou", "pixel_accuracy", "silog", "normal", "agreement" },
            column => Assert.NotNull(alignment["layout"]![column])
        );
        Assert.All(new[] { "fid", "kid", "diversity", "time", "weather", "palette" }, column => Assert.NotNull(freedom["canny"]![column]));
        Assert.Null(alignment["layout, against another reference (floor)"]!["agreement"]);
        Assert.Equal((5, 2), (alignment["layout"]!["miou"]!.References, alignment["layout"]!["miou"]!.Seeds));
        Assert.Contains("mIoU", File.ReadAllText(folder.File("report.md")), StringComparison.Ordinal);
        Assert.Contains("(degrees)", File.ReadAllText(folder.File("report.md")), StringComparison.Ordinal);
        Assert.All(findings.Targets.Take(4), target => Assert.NotNull(target.Met));
    }

    [Fact]
    public void Held_out_photos_of_a_data_set_can_be_the_references()
    {
        using var folder = new TempFolder();
        var data = new TinyDatasets(folder.File("camvid")).Write("camvid");
        var classes = PerceptionData
            .FromDataset(DatasetFormats.Open(data), "train", new DatasetReading { Width = 16, Height = 16 })
            .Classes;
        using (var evaluator = new PerceptionNetwork(new PerceptionConfig { Widths = [8, 8, 16], Classes = classes }, Placement.Reference))
            evaluator.Save(folder.File("judge"));
        var recipe = tiny.Recipe("conditions");
        recipe = recipe with
        {
            Adapters = [recipe.Adapters[0], recipe.Adapters[2]],
            Judge = folder.File("judge"),
            References = TinyDatasets.HeldOut,
            Data = new StudyData { Folder = data, Caption = "a street by day" },
        };
        var findings = Run("conditions", folder.File("photos"), recipe);
        Assert.Equal(
            [
                "layout",
                "canny",
                "real pictures through the autoencoder",
                "real pictures (ceiling)",
                "layout, against another reference (floor)",
            ],
            findings.Tables[0].Rows.Select(row => row.Name)
        );
        Assert.NotNull(findings.Tables[0]["canny"]!["miou"]);
        Assert.DoesNotContain(
            findings.Tables.SelectMany(table => table.Columns),
            column => column.Key is "time" or "orientation" or "silog"
        );
        Assert.Contains("photos of camvid, part val (2)", File.ReadAllText(folder.File("photos/report.md")), StringComparison.Ordinal);

        var many = Assert.Throws<LumenException>(() => Run("conditions", folder.File("many"), recipe with { References = 3 }));
        Assert.Contains("has 2 held-out pictures", many.Message, StringComparison.Ordinal);
        var trained = Assert.Throws<LumenException>(() =>
            Run("conditions", folder.File("trained"), recipe with { Data = recipe.Data! with { Split = "train" } })
        );
        Assert.Contains("is not held out", trained.Message, StringComparison.Ordinal);
        var streets = Assert.Throws<LumenException>(() =>
            Run("correlation", folder.File("streets"), tiny.Recipe("correlation") with { Judge = null, References = 2, Data = recipe.Data })
        );
        Assert.Contains("needs streets", streets.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Photos_without_a_held_out_part_are_divided_as_training_divides_them()
    {
        using var folder = new TempFolder();
        for (var i = 0; i < 12; i++)
        {
            PngWriter.WriteRgb(folder.File($"photos/images/{i:00}.png"), TinyModels.Scene(i));
            PngWriter.WriteGray8(folder.File($"photos/labels/{i:00}.png"), 32, 32, new byte[32 * 32]);
        }
        var trained = FolderPictures.List(
            new FolderSelection(folder.File("photos"))
            {
                ValidationFraction = 0.5,
                ValidationBlock = 3,
                ValidationGap = 1,
            }
        );
        var photos = new StudyPhotos(
            new StudyData
            {
                Folder = folder.File("photos"),
                ValidationFraction = 0.5,
                ValidationBlock = 3,
                ValidationGap = 1,
            },
            folder.File("photos"),
            32,
            1
        );
        Assert.Equal((trained.HeldOut.Count, trained.Train.Count), (photos.Count, photos.TrainCount));
        Assert.Equal(6, photos.Count);
        Assert.Equal(Seen(trained.HeldOut), Rgb(photos.Count, photos.Reference));
        Assert.Equal(Seen(trained.Train), Rgb(photos.TrainCount, photos.Labelled));

        static SortedSet<string> Seen(IEnumerable<FolderPicture> pictures) =>
            [.. pictures.Select(picture => Convert.ToHexString(PictureReader.Read(picture.Path).Rgb))];
        static SortedSet<string> Rgb(int count, Func<int, PhotoReference> picture) =>
            [.. Enumerable.Range(0, count).Select(index => Convert.ToHexString(picture(index).Picture.Rgb))];
    }

    [Fact]
    public void A_run_that_was_stopped_leaves_the_same_files_when_it_goes_on()
    {
        using var folder = new TempFolder();
        Run("components", folder.File("whole"), tiny.Recipe("components"));
        using var stop = new CancellationTokenSource();
        var units = 0;
        Assert.ThrowsAny<OperationCanceledException>(() =>
            Run(
                "components",
                folder.File("parts"),
                tiny.Recipe("components"),
                new Each(progress =>
                {
                    if (progress.Stage == "pictures" && progress.Done > 0 && ++units == 3)
                        stop.Cancel();
                }),
                stop.Token
            )
        );
        Assert.Equal(3, Directory.GetFiles(folder.File("parts/units")).Length);
        Assert.False(File.Exists(folder.File("parts/study.json")));
        var stored = Directory.GetFiles(folder.File("parts/units")).ToDictionary(path => path, File.GetLastWriteTimeUtc);
        Run("components", folder.File("parts"), tiny.Recipe("components"));
        Assert.All(stored, unit => Assert.Equal(unit.Value, File.GetLastWriteTimeUtc(unit.Key))); // what was done is not done again
        foreach (var name in (string[])["study.json", "report.md", "pictures.csv", "table-components.csv", "sheet.png", "plot-dial.png"])
            Assert.Equal(File.ReadAllBytes(folder.File($"whole/{name}")), File.ReadAllBytes(folder.File($"parts/{name}")));
    }

    [Fact]
    public void A_folder_may_be_extended_but_not_mixed()
    {
        using var folder = new TempFolder();
        var recipe = tiny.Recipe("rotation") with { References = 2 };
        Run("rotation", folder.Path, recipe);
        var files = Directory.GetFiles(folder.File("units")).Length;
        Run("rotation", folder.Path, recipe with { References = 4 });
        Assert.Equal(2 * files, Directory.GetFiles(folder.File("units")).Length);
        var fault = Assert.Throws<LumenException>(() =>
            Run("rotation", folder.Path, recipe with { Generation = new GenerationOptions { NumInferenceSteps = 2 } })
        );
        Assert.Contains("steps is 2 but was 1", fault.Message, StringComparison.Ordinal);
        Assert.Contains("another `OutputDir`", fault.Message, StringComparison.Ordinal);
        var weights = Assert.Throws<LumenException>(() =>
            Run("rotation", folder.Path, recipe with { Adapters = [recipe.Adapters[0] with { Adapter = tiny.File("other") }] })
        );
        Assert.Contains("the weights of plain are others", weights.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"Folder":"b","Split":null}""", "data.Folder is \"b\" but was \"a\"")]
    [InlineData("""{"Folder":"a","Split":"val"}""", "data.Split is \"val\" but was null")]
    [InlineData("""{"Folder":"a"}""", "data.Split is not there but was null")]
    [InlineData("streets", "data is streets but was {")]
    public void Of_a_setting_with_parts_the_parts_that_differ_are_named(string now, string expected)
    {
        using var folder = new TempFolder();
        var store = new StudyStore(folder.Path);
        Dictionary<string, string> settings = new() { ["data"] = """{"Folder":"a","Split":null}""" };
        store.Bind(settings, new Dictionary<string, string>());
        settings["data"] = now;
        var fault = Assert.Throws<LumenException>(() => store.Bind(settings, new Dictionary<string, string>()));
        Assert.Contains($"other settings: {expected}", fault.Message, StringComparison.Ordinal);
        Assert.Single(fault.Message.Split(" but was ").Skip(1));
    }

    [Fact]
    public void Without_an_evaluator_the_report_says_what_is_not_measured()
    {
        using var folder = new TempFolder();
        var findings = Run("backbones", folder.Path, tiny.Recipe("backbones") with { Judge = tiny.File("no-judge") });
        Assert.DoesNotContain(findings.Tables.SelectMany(table => table.Columns), column => column.Key is "miou" or "fid");
        Assert.Contains("lumen train perception", File.ReadAllText(folder.File("report.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_estimate_counts_what_is_left()
    {
        using var folder = new TempFolder();
        var recipe = tiny.Recipe("rotation") with { References = 2 };
        using var bench = new StudyBench(recipe, tiny.Model);
        var run = new StudyRun(StudyList.All.First(study => study.Name == "rotation"), bench, folder.Path);
        var before = run.Estimate();
        Assert.Equal((12, 0), (before.Pictures, before.DonePictures)); // three conditions, two references, two seeds
        Assert.True(before.SecondsPerPicture > 0 && before.Bytes > 0);
        run.Run();
        Assert.Equal((0, 12), (run.Estimate().Pictures, run.Estimate().DonePictures));
    }

    [Fact]
    public void A_damaged_unit_is_named()
    {
        using var folder = new TempFolder();
        Run("correlation", folder.Path, tiny.Recipe("correlation"));
        var unit = Directory.GetFiles(folder.File("units")).Order(StringComparer.Ordinal).First();
        File.WriteAllText(unit, "[{");
        var fault = Assert.Throws<LumenException>(() => Run("correlation", folder.Path, tiny.Recipe("correlation")));
        Assert.Contains(Path.GetFileName(unit), fault.Message, StringComparison.Ordinal);
    }

    private StudyFindings Run(
        string name,
        string folder,
        StudyRecipe recipe,
        IProgress<StudyProgress>? progress = null,
        CancellationToken stop = default
    )
    {
        using var bench = new StudyBench(recipe, tiny.Model);
        return new StudyRun(StudyList.All.First(study => study.Name == name), bench, folder).Run(progress, stop)!;
    }

    private sealed class Each(Action<StudyProgress> act) : IProgress<StudyProgress>
    {
        public void Report(StudyProgress value) => act(value);
    }
}
