using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Samples.Extension;
using Lumen.Testing;
using Lumen.Training;
using Xunit;

namespace Lumen.Extension.Tests;

public sealed class OutsideConditionTests(OutsideModel outside) : IClassFixture<OutsideModel>
{
    private const string RecipeText = """
        {
          "kind": "adapter",
          "data": { "scenes": 8, "validation_scenes": 2, "resolution": 32 },
          "condition": { "kind": "blur", "parameters": { "radius": 3 } },
          "conditioning_embedding_out_channels": [8, 8],
          "training": { "max_train_steps": 2, "train_batch_size": 2, "checkpointing_steps": 100, "validation_steps": 100 }
        }
        """;

    [Fact]
    public void A_recipe_that_names_an_outside_condition_trains_an_adapter_that_opens_and_makes_pictures()
    {
        var recipe = Read(RecipeText);
        var factory = new TrainingTaskFactory(Placement.Reference, outside.File("cache"), outside.File("run"))
        {
            Registry = OutsideModel.Registry,
        };
        var trainer = new Trainer(factory.Adapter(recipe, outside.Folder), recipe.Training, outside.File("run"));
        trainer.Step();
        trainer.Step();
        trainer.Export(outside.File("trained"));
        Assert.Equal("blur", ConditionSettings.Load(outside.File("trained"))!.Name);
        Assert.Equal(3, (int)ConditionSettings.Load(outside.File("trained"))!.Parameters!["radius"]!);

        using var model = OutsideModel.Open(outside.Folder);
        using var adapter = ControlNetAdapter.Load(outside.File("trained"), model);
        var scene = TinyModels.Scene(3);
        var generator = new ImageGenerator(model, null) { ControlNetAdapter = adapter };
        var request = generator.RequestFor(adapter.ImageOf(new AnnotatedPicture(scene)), "a street in fog", (scene.Width, scene.Height));
        Assert.Equal(new BlurCondition(3).Read(new AnnotatedPicture(scene)).ToPicture().Rgb, request.ConditionImage!.Rgb);
        Assert.Single(generator.Generate(request, new GenerationOptions { NumInferenceSteps = 1 }));
        Assert.True(adapter.NeedsPictureOnly);
    }

    [Fact]
    public void Without_the_registry_the_condition_is_refused_and_names_what_is_known()
    {
        var recipe = Read(RecipeText);
        var factory = new TrainingTaskFactory(Placement.Reference, outside.File("cache"), outside.File("refused"));
        var fault = Assert.Throws<LumenException>(() => factory.Adapter(recipe, outside.Folder)).Message;
        Assert.Contains("\"blur\" is not known", fault, StringComparison.Ordinal);
        Assert.Contains("label_map, canny", fault, StringComparison.Ordinal);
        var path = outside.File("recipe.json");
        File.WriteAllText(path, RecipeText);
        Assert.Contains("but is \"blur\"", Assert.Throws<LumenException>(() => Recipe.Read(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "radius": 3.5 }""")]
    [InlineData("""{ "radius": 65 }""")]
    [InlineData("""{ "size": 3 }""")]
    public void Its_parameters_are_its_own_to_refuse(string parameters)
    {
        var settings = Read(RecipeText.Replace("""{ "radius": 3 }""", parameters, StringComparison.Ordinal)).Condition;
        Assert.Contains(
            "\"radius\" of 0 to 64",
            Assert.Throws<LumenException>(() => settings.ToCondition(OutsideModel.Registry.Conditions)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("""{ "kind": "canny", "parameters": { "radius": 3 } }""", "no setting parameters")]
    [InlineData("""{ "kind": "blur", "sigma": 1 }""", "no setting sigma")]
    public void Settings_of_another_kind_are_refused(string condition, string sentence)
    {
        var settings = Read($$"""{ "kind": "adapter", "condition": {{condition}} }""").Condition;
        var fault = Assert.Throws<LumenException>(() => settings.ToCondition(OutsideModel.Registry.Conditions));
        Assert.Contains(sentence, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_taken_or_no_name_is_refused()
    {
        Assert.Throws<LumenException>(() => OutsideModel.Registry.With(BlurCondition.Type));
        Assert.Throws<LumenException>(() => OutsideModel.Registry.With(new ConditionType(ConditionKind.Layout, _ => new BlurCondition(1))));
        Assert.Contains(
            "snake case",
            Assert.Throws<LumenException>(() => new ConditionKind("Soft Edge")).Message,
            StringComparison.Ordinal
        );
    }

    private Recipe Read(string text)
    {
        var path = outside.File($"{Guid.NewGuid():N}.json");
        File.WriteAllText(path, text);
        return Recipe.Read(path, OutsideModel.Registry);
    }
}
