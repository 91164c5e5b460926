using Lumen.Research.Studies;
using Lumen.Testing;
using Lumen.Tests.Studies;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class StudyCommandTests(StudyModel tiny) : IClassFixture<StudyModel>
{
    [Fact]
    public void The_list_names_every_study_and_its_recipe()
    {
        var run = CommandLine.Run("study", "list");
        Assert.Equal(0, run.Code);
        Assert.All(
            StudyList.All,
            study =>
            {
                Assert.Contains(study.Question, run.Output, StringComparison.Ordinal);
                var recipe = $"recipes/study-{study.Name}.json";
                Assert.Contains(recipe, run.Output, StringComparison.Ordinal);
                study.Check(StudyRecipe.Read(Path.Combine(Golden.Repository, recipe)));
                StudyRecipe.Read(Path.Combine(Golden.Repository, recipe)).Validate();
                Assert.Equal(study.Name, StudyRecipe.Read(Path.Combine(Golden.Repository, recipe)).Study);
            }
        );
        Assert.InRange(StudyRecipe.Read(Path.Combine(Golden.Repository, "recipes/study-conditions.json")).References, 200, int.MaxValue);
    }

    [Fact]
    public void Every_recipe_of_a_study_fits_its_study()
    {
        var recipes = Directory
            .GetFiles(Path.Combine(Golden.Repository, "recipes"), "study-*.json")
            .Where(path => File.ReadAllText(path).Contains("\"study\":", StringComparison.Ordinal))
            .ToArray();
        Assert.InRange(recipes.Length, StudyList.All.Count, int.MaxValue);
        Assert.All(
            recipes,
            path =>
            {
                var recipe = StudyRecipe.Read(path);
                recipe.Validate();
                StudyList.All.Single(study => study.Name == recipe.Study).Check(recipe);
            }
        );
    }

    [Fact]
    public void A_study_says_what_it_takes_and_prints_its_report()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("study.json"), (tiny.Recipe("rotation") with { References = 40 }).ToJson());
        string[] arguments =
        [
            "study",
            "rotation",
            "--recipe",
            folder.File("study.json"),
            "--output-dir",
            folder.File("out"),
            "--model",
            tiny.Folder,
            "--dtype",
            "float32",
            "--references",
            "2",
            "--seeds",
            "1",
        ];
        var before = CommandLine.Run([.. arguments, "--estimate"]);
        Assert.True(before.Code == 0, before.Error);
        Assert.Contains("estimate  6 pictures at", before.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("out/report.md")));
        var run = CommandLine.Run(arguments);
        Assert.True(run.Code == 0, run.Error);
        Assert.StartsWith("# Study: rotation", run.Output, StringComparison.Ordinal);
        Assert.Contains("2 held-out streets", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "study": "rotation", "referenses": 3 }""", "referenses")]
    [InlineData(
        """{ "study": "leak", "adapters": [{ "name": "a", "adapter": "x" }] }""",
        "The recipe is for the study leak, not for rotation"
    )]
    [InlineData("""{ "study": "rotation" }""", "needs adapters")]
    [InlineData(
        """{ "study": "rotation", "adapters": [{ "name": "A b", "adapter": "x" }], "steps": 0 }""",
        "steps must be 1 to 1000 but is 0. The adapter name \"A b\" must be small letters"
    )]
    [InlineData(
        """{ "study": "rotation", "adapters": [{ "name": "a", "adapter": "nowhere" }] }""",
        "nothing to do. Adapter a: there is no folder nowhere"
    )]
    [InlineData("[", "cannot be used")]
    public void Faults_of_recipes_are_refused_with_a_sentence(string recipe, string sentence)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("study.json"), recipe);
        var run = CommandLine.Run(
            "study",
            "rotation",
            "--recipe",
            folder.File("study.json"),
            "--output-dir",
            folder.File("out"),
            "--model",
            tiny.Folder
        );
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_study_whose_data_set_is_not_here_is_skipped_with_the_reason()
    {
        using var folder = new TempFolder();
        File.WriteAllText(
            folder.File("study.json"),
            (tiny.Recipe("rotation") with { Data = new StudyData { Folder = "nowhere/camvid" } }).ToJson()
        );
        var run = CommandLine.Run(
            "study",
            "rotation",
            "--recipe",
            folder.File("study.json"),
            "--output-dir",
            folder.File("out"),
            "--model",
            tiny.Folder
        );
        Assert.Equal((0, ""), (run.Code, run.Output));
        Assert.Contains(
            "skipped. The data set of this study is not here: there is no folder nowhere/camvid.",
            run.Error,
            StringComparison.Ordinal
        );
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Fact]
    public void A_judge_or_a_recipe_that_is_not_there_is_refused()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("study.json"), tiny.Recipe("rotation").ToJson());
        var judge = CommandLine.Run(
            "study",
            "rotation",
            "--recipe",
            folder.File("study.json"),
            "--output-dir",
            folder.File("out"),
            "--model",
            tiny.Folder,
            "--judge",
            folder.File("none")
        );
        Assert.Equal(2, judge.Code);
        Assert.Contains("There is no evaluator at", judge.Error, StringComparison.Ordinal);
        var recipe = CommandLine.Run(
            "study",
            "rotation",
            "--recipe",
            folder.File("none.json"),
            "--output-dir",
            folder.File("out"),
            "--model",
            tiny.Folder
        );
        Assert.Equal(2, recipe.Code);
        Assert.Contains("There is no recipe at", recipe.Error, StringComparison.Ordinal);
    }
}
