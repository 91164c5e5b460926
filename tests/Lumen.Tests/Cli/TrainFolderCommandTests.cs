using Lumen.Testing;
using Lumen.Tests.Data;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class TrainFolderCommandTests(CommandLine cli) : IClassFixture<CommandLine>, IDisposable
{
    private const string Training =
        """ "training": { "max_train_steps": 1, "train_batch_size": 2, "checkpointing_steps": 1, "validation_steps": 1 } """;
    private const string Vae =
        $$"""{ "kind": "vae", "crop": 16, {{Training}}, "data": { "folder": "nowhere", "resolution": 32, "crops_per_picture": 2 } }""";
    private const string Base =
        $$"""{ "kind": "base", {{Training}}, "data": { "folder": "nowhere", "resolution": 32, "caption": "a place" } }""";
    private const string Adapter =
        $$"""{ "kind": "adapter", {{Training}}, "data": { "folder": "nowhere", "resolution": 32 }, "conditioning_embedding_out_channels": [8, 16], "layout": { "layer": "up_blocks[0]", "components": 3, "fit_pictures": 8 } }""";
    private readonly PhotoFolder _photos = new PhotoFolder().Fill(10);

    [Fact]
    public void A_model_is_fine_tuned_on_a_folder_of_pictures_and_gets_an_adapter_for_it()
    {
        var vae = Train("vae", Vae, "vae-run", "--train-data-dir", _photos.Path, "--initialise-from", cli.Model);
        Assert.True(vae.Code == 0, vae.Error);
        Assert.Contains(
            "data     photos (pictures): 9 pictures of part all to train on, each as 2 crops; 1 of the same held out",
            vae.Output,
            StringComparison.Ordinal
        );
        Assert.Contains($"start    {cli.Model}, vae: all", vae.Output, StringComparison.Ordinal);
        var trained = Train(
            "base",
            Base,
            "base-run",
            "--train-data-dir",
            _photos.Path,
            "--initialise-from",
            cli.Model,
            "--vae",
            cli.File("vae-run/model")
        );
        Assert.True(trained.Code == 0, trained.Error);
        var adapter = Train("adapter", Adapter, "adapter-run", "--train-data-dir", _photos.Path, "--model", cli.File("base-run/model"));
        Assert.True(adapter.Code == 0, adapter.Error);
        var generated = CommandLine.Run(
            "generate",
            "--model",
            cli.File("base-run/model"),
            "--adapter",
            cli.File("adapter-run/controlnet"),
            "--reference",
            cli.Reference,
            "--prompt",
            "fog",
            "--steps",
            "1",
            "--output-dir",
            cli.File("made")
        );
        Assert.True(generated.Code == 0, generated.Error);
    }

    [Fact]
    public void An_adapter_is_trained_on_photos_and_the_looks_that_an_earlier_one_gave_them()
    {
        var looks = cli.File("looks");
        string[] augment = ["augment", "--dataset", _photos.Path, "--output", looks, "--model", cli.Model, "--min-agreement", "none"];
        string[] cheap = ["--prompt", "fog", "--steps", "1", "--guidance-scale", "1", "--variants", "2"];
        var made = CommandLine.Run([.. augment, .. cheap]);
        Assert.True(made.Code == 0, made.Error);
        Assert.Contains("labels   none", made.Output, StringComparison.Ordinal);
        Assert.Equal(0, CommandLine.Run("verify", looks).Code);
        Assert.Equal(20, Directory.EnumerateFiles(looks, "*_lumen?.png").Count());
        var again = CommandLine.Run(
            "reproduce",
            Path.Combine(looks, "a_lumen1.png"),
            "--model",
            cli.Model,
            "--output",
            cli.File("again.png")
        );
        Assert.True(again.Code == 0, again.Error);
        Assert.Equal(0, CommandLine.Run("review", looks, "--reject", "a_lumen1.png").Code);

        string[] pictures = ["--train-data-dir", _photos.Path, "--model", cli.Model, "--pairs"];
        var recipe = Adapter.Replace(
            "\"fit_pictures\": 8",
            "\"fit_pictures\": 8, \"pairs\": { \"folder\": \"nowhere\", \"min_agreement\": -1 }",
            StringComparison.Ordinal
        );
        var trained = Train("adapter", recipe, "pairs-run", [.. pictures, looks]);
        Assert.True(trained.Code == 0, trained.Error);
        Assert.Matches(@"pairs    looks: 1[78] variants of 9 of the 9 training pictures; left out: \d of pictures", trained.Output);
        Refused("adapter", Adapter, "There is no augmented data set at nowhere", [.. pictures, "nowhere"]);
        Refused("adapter", Adapter, "Give --pairs the --output of lumen augment", [.. pictures, _photos.Path]);
        Refused("adapter", Adapter, "the condition canny is made without any", [.. pictures, looks, "--condition", "canny"]);
    }

    [Fact]
    public void A_scene_recipe_takes_a_folder_and_another_resolution()
    {
        var recipe =
            """{ "kind": "vae", "crop": 16, "data": { "scenes": 8 }, "vae": { "block_out_channels": [8, 16], "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"], "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"], "latent_channels": 4, "layers_per_block": 1, "norm_num_groups": 4, "sample_size": 32 }, """
            + Training
            + "}";
        var run = Train("vae", recipe, "scene-recipe", "--train-data-dir", _photos.Path, "--resolution", "32");
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(
            2,
            Refused("vae", recipe, "resolution must be a multiple of 2", "--train-data-dir", _photos.Path, "--resolution", "31")
        );
    }

    [Fact]
    public void What_cannot_be_used_ends_with_2_and_a_sentence()
    {
        Refused("vae", Vae, "There is no folder of pictures at nowhere. Give one with --train-data-dir", "--initialise-from", cli.Model);
        Refused(
            "vae",
            Vae,
            "There is no model folder at models that is not there to begin with",
            "--initialise-from",
            "models that is not there"
        );
        Refused("adapter", Adapter, "There is no model folder at nowhere to begin with", "--initialise-from", "nowhere");
        Refused("base", Base, "Give --vae the model folder", "--train-data-dir", _photos.Path);
        Refused(
            "vae",
            Vae.Replace("\"crops_per_picture\": 2", "\"crops_per_picture\": 0", StringComparison.Ordinal),
            "crops_per_picture must be 1 to 1000 but is 0",
            "--train-data-dir",
            _photos.Path,
            "--initialise-from",
            cli.Model
        );
        Refused(
            "vae",
            Vae.Replace("\"crops_per_picture\"", "\"crops\"", StringComparison.Ordinal),
            "cannot be used",
            "--train-data-dir",
            _photos.Path
        );
        File.WriteAllText(_photos.File("broken.jpg"), "no picture");
        Refused(
            "vae",
            Vae,
            "To see all that is wrong, run lumen data check",
            "--train-data-dir",
            _photos.Path,
            "--initialise-from",
            cli.Model
        );
        var check = CommandLine.Run("data", "check", _photos.Path);
        Assert.Equal(2, check.Code);
        Assert.Contains("unreadable picture (1), first:", check.Output, StringComparison.Ordinal);
        var skipping = Train(
            "vae",
            Vae.Replace("\"crops_per_picture\": 2", "\"skip_unreadable\": true", StringComparison.Ordinal),
            "skipping",
            "--train-data-dir",
            _photos.Path,
            "--initialise-from",
            cli.Model
        );
        Assert.True(skipping.Code == 0, skipping.Error);
        Assert.Contains("skipped  1 picture that cannot be read; the first:", skipping.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[8, 16, 16]", "must be 2 widths from 1 to 16384")]
    [InlineData("[8, -1]", "But it is [8, -1]")]
    [InlineData("[]", "But it is []")]
    public void A_stem_that_no_model_would_take_is_refused_before_it_is_trained(string widths, string expected)
    {
        var recipe = Adapter.Replace("[8, 16]", widths, StringComparison.Ordinal);
        Refused("adapter", recipe, expected, "--train-data-dir", _photos.Path, "--model", cli.Model);
    }

    [Fact]
    public void More_components_than_channels_are_refused_before_pictures_are_read()
    {
        File.WriteAllText(_photos.File("broken.jpg"), "no picture");
        var recipe = Adapter.Replace("\"components\": 3", "\"components\": 999", StringComparison.Ordinal);
        Refused("adapter", recipe, "999 components were asked for", "--train-data-dir", _photos.Path, "--model", cli.Model);
    }

    [Fact]
    public void Checkpoints_and_previews_do_not_lie_among_the_pictures()
    {
        foreach (var output in new[] { _photos.Path, _photos.File("run") })
        {
            var run = Train("vae", Vae, output, "--train-data-dir", _photos.Path, "--initialise-from", cli.Model);
            Assert.Equal(2, run.Code);
            Assert.Contains($"--output-dir {output} lies in the folder of the pictures", run.Error, StringComparison.Ordinal);
        }
        Assert.Empty(Directory.EnumerateDirectories(_photos.Path));
    }

    [Fact]
    public void Bases_are_fitted_to_the_training_part_of_a_data_set_and_held_out_parts_are_refused()
    {
        _photos.Fill(6, "set/images/train/").Fill(6, "set/images/test/");
        string[] fit =
        [
            "layout",
            "fit",
            "--model",
            cli.Model,
            "--components",
            "2",
            "--layer",
            "up_blocks[1]",
            "--output-dir",
            cli.File("basis"),
            "--images",
        ];
        var whole = CommandLine.Run([.. fit, _photos.File("set")]);
        Assert.True(whole.Code == 0, whole.Error);
        Assert.Contains(
            "\"data\": \"set, part train, 6 pictures\"",
            File.ReadAllText(cli.File("basis/lumen/layout.json")),
            StringComparison.Ordinal
        );
        var refused = CommandLine.Run([.. fit, _photos.File("set/images/test")]);
        Assert.Equal(2, refused.Code);
        Assert.Contains("the held-out part \"test\"", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_recipes_in_the_repository_that_begin_with_a_model_are_understood()
    {
        var recipes = new[] { "vae", "base", "adapter" }
            .SelectMany(kind => Directory.GetFiles(Path.Combine(Golden.Repository, "recipes"), $"*-{kind}.json"))
            .Select(path => (path, Recipe: Lumen.Training.Recipe.Read(path)))
            .Where(one => one.Recipe.Data.Folder is not null)
            .ToList();
        Assert.Contains(recipes, one => one.path.EndsWith("camvid-adapter.json", StringComparison.Ordinal));
        Assert.All(
            recipes,
            one =>
            {
                one.Recipe.Training.Validate();
                one.Recipe.Data.Pictures!.Validate();
                Assert.Equal(one.Recipe.Kind == "adapter" ? null : "models/street-tiny", one.Recipe.InitialiseFrom);
                Assert.True(one.Recipe is { Vae: null, Unet: null, TextEncoder: null, Scheduler: null });
            }
        );
    }

    public void Dispose() => _photos.Dispose();

    private int Refused(string kind, string recipe, string sentence, params string[] more)
    {
        var run = Train(kind, recipe, $"refused-{Guid.NewGuid():N}", more);
        Assert.True(run.Code == 2, run.Error);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
        return run.Code;
    }

    private CommandLine.Outcome Train(string kind, string recipe, string output, params string[] more)
    {
        var file = cli.File($"{kind}-{Guid.NewGuid():N}.json");
        File.WriteAllText(file, recipe);
        return CommandLine.Run([
            "train",
            kind,
            "--recipe",
            file,
            "--output-dir",
            cli.File(output),
            "--cache-dir",
            cli.File("cache"),
            "--mixed-precision",
            "no",
            .. more,
        ]);
    }
}
