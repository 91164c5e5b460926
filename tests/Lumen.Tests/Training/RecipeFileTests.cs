using Lumen.Files;
using Lumen.Research.Studies;
using Lumen.Testing;
using Lumen.Training;
using Xunit;

namespace Lumen.Tests.Training;

public sealed class RecipeFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static TheoryData<string> Recipes =>
        [.. Directory.EnumerateFiles(Path.Combine(Golden.Repository, "recipes"), "*.json").Select(path => Path.GetFileName(path)!)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Every_recipe_of_the_repository_is_read(string name)
    {
        var path = Path.Combine(Golden.Repository, "recipes", name);
        if (name.StartsWith("study-", StringComparison.Ordinal) && name != "study-adapter.json")
            Assert.NotEmpty(StudyRecipe.Read(path).Study);
        else
            Assert.NotEmpty(Recipe.Read(path).Kind);
    }

    [Theory]
    [InlineData("street-tiny-adapter.json")]
    [InlineData("photos-adapter.json")]
    [InlineData("study-adapter.json")]
    [InlineData("sd15-adapter-clip.json")]
    public void A_recipe_is_written_as_it_is_read(string name)
    {
        var recipe = Recipe.Read(Path.Combine(Golden.Repository, "recipes", name));
        File.WriteAllText(_folder.File("again.json"), recipe.ToJson());
        var again = Recipe.Read(_folder.File("again.json"));
        Assert.Equal(recipe.ToJson(), again.ToJson());
        Assert.Equal(recipe.Data, again.Data);
        Assert.Equal(recipe.Layout, again.Layout);
        Assert.Equal(recipe.Training, again.Training);
        Assert.Equal(recipe.ConditioningEmbeddingOutChannels, again.ConditioningEmbeddingOutChannels);
    }

    [Theory]
    [InlineData(
        """{ "kind": "vae", "training": { "mixed_precision": "fp16" } }""",
        "training.mixed_precision is not known. The compute type is not a recipe's: choose it with `MixedPrecision` no or bf16."
    )]
    [InlineData(
        """{ "kind": "vae", "training": { "min_snr_gamma": 5 } }""",
        "training.min_snr_gamma is not known. It is called snr_gamma, in \"training\"."
    )]
    [InlineData("""{ "kind": "vae", "training": { "use_ema": true } }""", "ema_decay in \"training\", \"optimizer\"")]
    [InlineData(
        """{ "kind": "vae", "gradient_accumulation_steps": 4 }""",
        "gradient_accumulation_steps is not known. It belongs into the section \"training\"."
    )]
    [InlineData("""{ "kind": "vae", "training": { "learning_rate": 1 } }""", "It belongs into the section \"training.optimizer\".")]
    [InlineData("""{ "kind": "vae", "max_train_steps": 5 }""", "It belongs into the section \"training\".")]
    [InlineData("""{ "kind": "vae", "training": { "crop": 5 } }""", "It belongs into the recipe itself")]
    [InlineData("""{ "kind": "vae", "training": { "max_train_step": 5 } }""", "Did you mean \"max_train_steps\"?")]
    [InlineData("""{ "kind": "vae", "training": { "chekpointing-steps": 5 } }""", "Did you mean \"checkpointing_steps\"?")]
    [InlineData("""{ "kind": "vae", "colour": 1 }""", "colour is not known. Known here are backbone, condition,")]
    [InlineData("""{ "kind": "vae", "data": { "train": {} } }""", "data.train is not known.")]
    [InlineData("""{ "kind": "vae", "training": { "seed": 1, "seed": 2 } }""", "seed")]
    [InlineData("""{ "kind": null }""", "kind must be a string but is null")]
    [InlineData("""{ "kind": "vae", "training": null }""", "training must be an object {...} but is null")]
    [InlineData("""{ "kind": "vae", "training": { "optimizer": null } }""", "training.optimizer must be an object {...} but is null")]
    [InlineData(
        """{ "kind": "vae", "training": { "max_train_steps": "many" } }""",
        "training.max_train_steps must be a whole number but is"
    )]
    [InlineData("""{ "kind": "vae", "conditioning_embedding_out_channels": [8, null] }""", "conditioning_embedding_out_channels")]
    [InlineData("""{ "kind": "vae", "perception": { "heads": [null] } }""", "perception.heads")]
    [InlineData("""{ "kind": "vae", "condition": { "kind": "sketch" } }""", "condition.kind must be one of")]
    [InlineData("""{ "kind": "vae", "training": { "optimizer": { "learning_rate": NaN } } }""", "learning_rate")]
    [InlineData("""{ }""", "has no \"kind\"")]
    [InlineData("""[]""", "must be an object")]
    [InlineData("""null""", "must be")]
    [InlineData("", "is not valid JSON")]
    public void A_recipe_that_cannot_be_used_is_a_sentence(string json, string sentence)
    {
        File.WriteAllText(_folder.File("recipe.json"), json);
        Assert.Contains(
            sentence,
            Assert.Throws<LumenException>(() => Recipe.Read(_folder.File("recipe.json"))).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("""{ "study": "conditions", "adapters": null }""", "adapters must be a list [...] but is null")]
    [InlineData("""{ "study": "conditions", "adapters": [null] }""", "adapters[0] must be an object {...} but is null")]
    [InlineData(
        """{ "study": "conditions", "adapters": [{ "name": null, "adapter": "x" }] }""",
        "adapters[0].name must be a string but is null"
    )]
    [InlineData("""{ "study": "conditions", "adapters": [{ "adapter": "x" }] }""", "has no \"name\"")]
    [InlineData("""{ "study": "conditions", "components": null }""", "components must be a list [...] but is null")]
    [InlineData("""{ "study": "conditions", "components": [null] }""", "components[0] must be a whole number but is null")]
    [InlineData("""{ "study": "conditions", "components": ["3"] }""", "components")]
    [InlineData(
        """{ "study": "augmentation", "augmentation": { "settings": [null] } }""",
        "augmentation.settings[0] must be an object {...} but is null"
    )]
    [InlineData(
        """{ "study": "augmentation", "augmentation": { "budgets": null } }""",
        "augmentation.budgets must be a list [...] but is null"
    )]
    [InlineData("""{ "study": "augmentation", "augmentation": { "settings": [{ "name": null }] } }""", "name must be a string but is null")]
    [InlineData(
        """{ "study": "augmentation", "augmentation": { "settings": [{ "name": "same", "mixtures": [null] }] } }""",
        "mixtures[0] must be a string but is null"
    )]
    [InlineData("""{ "study": "conditions", "data": { "folder": null } }""", "data.folder must be a string but is null")]
    [InlineData("""{ "study": "conditions", "refrences": 5 }""", "Did you mean \"references\"?")]
    [InlineData("""{ "study": "conditions", "num_inference_steps": 5 }""", "It belongs into the section")]
    [InlineData("""{ "study": "conditions", "steps": true }""", "steps must be a whole number but is true")]
    [InlineData(
        """{ "study": "conditions", "scene_detail": "richer" }""",
        "scene_detail must be one of \"plain\", \"rich\" but is \"richer\""
    )]
    [InlineData("""{ "study": null }""", "study must be a string but is null")]
    public void A_study_recipe_that_cannot_be_used_is_a_sentence(string json, string sentence)
    {
        File.WriteAllText(_folder.File("study.json"), json);
        Assert.Contains(
            sentence,
            Assert.Throws<LumenException>(() => StudyRecipe.Read(_folder.File("study.json"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Numbers_that_other_programs_write_are_read()
    {
        File.WriteAllText(_folder.File("recipe.json"), "\uFEFF{ \"kind\": \"vae\",\r\n \"training\": { \"max_train_steps\": 128.0 } }");
        Assert.Equal(128, Recipe.Read(_folder.File("recipe.json")).Training.MaxTrainSteps);
    }

    [Theory]
    [InlineData("learning-rate", "learning_rate")]
    [InlineData("Seed", "seed")]
    [InlineData("sead", "seed")]
    [InlineData("sede", "seed")]
    [InlineData("brightness", null)]
    [InlineData("", null)]
    public void The_nearest_name_is_found_only_where_it_is_near(string given, string? name) =>
        Assert.Equal(name, NearestName.Of(given, ["seed", "learning_rate", "resolution"]));
}
