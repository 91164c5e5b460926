using System.Text.Json.Nodes;
using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Testing;
using Lumen.Tests.Data;
using Lumen.Training;
using Lumen.Training.Data;
using Xunit;

namespace Lumen.Tests.Training;

[Collection(TinyModel.Name)]
public sealed partial class FolderTrainingTests : IDisposable
{
    private const string Weights = "diffusion_pytorch_model.safetensors";
    private readonly TinyModel _tiny;
    private readonly PhotoFolder _photos = new PhotoFolder();
    private readonly TempFolder _folder = new();

    public FolderTrainingTests(TinyModel tiny)
    {
        _tiny = tiny;
        for (var at = 0; at < 10; at++)
        {
            var (width, height) = (40 + 4 * (at % 4), 34 + at);
            _photos.Write($"images/{at}.png", PhotoFolder.Places(width, height, (byte)(20 * at)));
            PngWriter.WriteGray8(
                _photos.File($"labels/{at}.png"),
                width,
                height,
                [.. Enumerable.Range(0, width * height).Select(pixel => (byte)(pixel % width / 10 % 3))]
            );
            PngWriter.WriteGray16(
                _photos.File($"depth/{at}.png"),
                width,
                height,
                [.. Enumerable.Range(0, width * height).Select(pixel => (ushort)(1000 + pixel))]
            );
        }
        File.WriteAllText(_photos.File("classes.txt"), "wall\nfloor\nvoid\n");
    }

    private RecipeData Data =>
        new()
        {
            Folder = _photos.Path,
            Resolution = TinyRuns.Size,
            ValidationFraction = 0.2,
            CropsPerPicture = 2,
            HorizontalFlips = true,
        };

    [Fact]
    public void A_base_is_trained_on_a_folder_whose_pictures_have_no_captions_and_generates()
    {
        var notes = new List<string>();
        var runs = Runs() with { Note = notes.Add };
        var task = runs.Base(TinyRuns.Base with { Data = Data }, Path.Combine(_tiny.Runs.Folder, "vae", "model"));
        Assert.Contains(
            "8 pictures of part all to train on, each as 4 crops (half of them mirrored); 2 of the same held out",
            notes[0],
            StringComparison.Ordinal
        );
        Assert.StartsWith("memory   about ", notes[1], StringComparison.Ordinal);
        var trainer = new Trainer(task, TinyRuns.Base.Training, _folder.File("run"));
        for (var step = 0; step < 3; step++)
            Assert.True(double.IsFinite(trainer.Step().Loss));
        task.Preview(_folder.File("preview.png"));
        trainer.Export(runs.ModelOutput);
        using var model = DiffusionModel.Load(runs.ModelOutput, Placement.Reference);
        Assert.Equal(514, model.Tokenizer.VocabularySize); // bytes only, and any text can be encoded
        using var embedding = model.Embed(["a street", ""]);
        Assert.Equal(2, embedding.shape[0]);
    }

    [Theory]
    [InlineData("layout", TinyRuns.Components)]
    [InlineData("label_map", 2)]
    [InlineData("canny", 3)]
    [InlineData("soft_edge", 3)]
    [InlineData("depth", 3)]
    public void An_adapter_is_trained_on_a_folder_with_every_condition(string kindName, int channels)
    {
        var kind = new ConditionKind(kindName);
        var recipe = TinyRuns.Adapter with
        {
            Data = Data,
            Condition = new ConditionSettings { Kind = kind },
        };
        var task = Runs().Adapter(recipe, _tiny.Runs.Model);
        var trainer = new Trainer(task, recipe.Training, _folder.File("run"));
        for (var step = 0; step < 2; step++)
            Assert.True(double.IsFinite(trainer.Step().Loss));
        Assert.All(task.Validate(), figure => Assert.True(double.IsFinite(figure.Value), figure.Key));
        task.Preview(_folder.File("preview.png")); // of the two pictures that are held out
        trainer.Export(_folder.File("adapter"));
        Assert.Equal(channels, (int)JsonNode.Parse(File.ReadAllText(_folder.File("adapter/config.json")))!["conditioning_channels"]!);
        if (kind == ConditionKind.LabelMap)
            Assert.Equal(
                (2, 2),
                (ConditionSettings.Load(_folder.File("adapter"))!.Classes, ConditionSettings.Load(_folder.File("adapter"))!.Ignore)
            );
    }

    [Theory]
    [InlineData("base", "layout", 1)]
    [InlineData("adapter", "layout", 1)]
    [InlineData("adapter", "layout", 2)]
    [InlineData("adapter", "label_map", 1)]
    public void Pictures_keep_their_proportions_in_buckets_and_a_run_goes_on_bit_for_bit(string kind, string condition, int microBatches)
    {
        for (var at = 10; at < 20; at++)
        {
            PngWriter.WriteGray8(
                _photos.File($"labels/{at}.png"),
                60,
                30,
                [.. Enumerable.Range(0, 1800).Select(pixel => (byte)(pixel % 3))]
            );
            _photos.Write($"images/{at}.png", PhotoFolder.Places(60, 30, (byte)(10 * at)));
        }
        var recipe = (kind == "base" ? TinyRuns.Base : TinyRuns.Adapter) with
        {
            Data = Data with { AspectBuckets = AspectBuckets.Usual },
            Condition = new ConditionSettings { Kind = new ConditionKind(condition) },
            Training = TinyRuns.Adapter.Training with
            {
                GradientAccumulationSteps = microBatches,
                CheckpointingSteps = 3,
                MaxTrainSteps = 8,
            },
        };
        var straight = new Trainer(Task(), recipe.Training, _folder.File("straight"));
        straight.Run();
        var stopped = new Trainer(Task(), recipe.Training, _folder.File("stopped"));
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        for (var step = 0; step < 3; step++)
            stopped.Step();
        stopped.Run(stop: stop.Token);
        var resumed = new Trainer(Task(), recipe.Training, _folder.File("stopped"));
        Assert.Equal(3, resumed.Resume("latest"));
        Assert.True(resumed.Run());
        Assert.Equal(straight.Store.Fingerprint(), resumed.Store.Fingerprint());
        Assert.All(straight.Figures(), figure => Assert.True(double.IsFinite(figure.Value), figure.Key));
        Assert.NotEmpty(Directory.GetFiles(_folder.File("straight/previews")));

        ITrainingTask Task() =>
            kind == "base"
                ? Runs().Base(recipe, Path.Combine(_tiny.Runs.Folder, "vae", "model"))
                : Runs().Adapter(recipe, _tiny.Runs.Model);
    }

    [Fact]
    public void Processes_that_share_a_batch_of_one_shape_have_its_loss_together()
    {
        var recipe = TinyRuns.Adapter with { Data = Data with { AspectBuckets = AspectBuckets.Usual } };
        var (task, random) = ((IReplicatedTask)Runs().Adapter(recipe, _tiny.Runs.Model), new RandomStream(3));
        for (var microBatch = 0; microBatch < 4; microBatch++)
        {
            using var whole = task.Loss(microBatch, 4, random);
            using var first = task.Loss(microBatch, 4, new BatchPart(0, 2), random);
            using var second = task.Loss(microBatch, 4, new BatchPart(2, 2), random);
            Assert.Equal(whole.item<float>(), (first.item<float>() + second.item<float>()) / 2, 1e-5f);
        }
    }

    [Fact]
    public void Buckets_are_refused_where_pictures_are_squares()
    {
        var data = Data with { AspectBuckets = AspectBuckets.Usual };
        var fault = Assert.Throws<LumenException>(() => Runs().Autoencoder(TinyRuns.Vae with { Data = data }));
        Assert.Contains("aspect_buckets is for base and adapter", fault.Message, StringComparison.Ordinal);
        fault = Assert.Throws<LumenException>(() =>
            Runs().Adapter(TinyRuns.Adapter with { Data = data with { Folder = null } }, _tiny.Runs.Model)
        );
        Assert.Contains("Street scenes are squares", fault.Message, StringComparison.Ordinal);
        var wrong = data with { AspectBuckets = new AspectBuckets([new PictureShape(33, 20)]) };
        fault = Assert.Throws<LumenException>(() => Runs().Adapter(TinyRuns.Adapter with { Data = wrong }, _tiny.Runs.Model));
        Assert.Contains("33x20 cannot be used", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_basis_records_what_it_was_fitted_to_and_its_hash_does_not_depend_on_it()
    {
        var recipe = TinyRuns.Adapter with { Data = Data };
        Runs().Adapter(recipe, _tiny.Runs.Model).Export(_folder.File("adapter"));
        using var basis = LayoutBasis.Load(_folder.File("adapter"));
        Assert.Equal("photos, part all, 8 pictures", basis.Report!.Data);
        Assert.DoesNotContain(_photos.Path, File.ReadAllText(_folder.File("adapter/lumen/layout.json")), StringComparison.Ordinal);
        var hash = basis.Hash;
        basis.NoteData("something else");
        basis.Save(_folder.File("again"));
        using var again = LayoutBasis.Load(_folder.File("again"));
        Assert.Equal((hash, "something else"), (again.Hash, again.Report!.Data));
    }

    [Fact]
    public void Training_that_begins_with_a_model_has_its_very_weights_before_the_first_step()
    {
        var (vae, model) = (Runs("vae"), Runs("base"));
        Export(vae.Autoencoder(Tuned("vae")), vae);
        Assert.Equal(Part(_tiny.Runs.Model, "vae", Weights), Part(vae.ModelOutput, "vae", Weights));

        Export(model.Base(Tuned("base"), null), model);
        foreach (
            var (part, file) in new[]
            {
                ("unet", Weights),
                ("text_encoder", "model.safetensors"),
                ("vae", Weights),
                ("tokenizer", "vocab.json"),
                ("scheduler", "scheduler_config.json"),
            }
        )
            Assert.Equal(Part(_tiny.Runs.Model, part, file), Part(model.ModelOutput, part, file));
        using var opened = DiffusionModel.Load(model.ModelOutput, Placement.Reference);
        Assert.Equal(_tiny.Model.WeightsHash, opened.WeightsHash);

        static byte[] Part(string model, string part, string file) => File.ReadAllBytes(Path.Combine(model, part, file));

        void Export(ITrainingTask task, TrainingTaskFactory runs) =>
            new Trainer(task, TinyRuns.Base.Training, _folder.File("none")).Export(runs.ModelOutput);
    }

    [Fact]
    public void A_frozen_encoder_keeps_its_weights_and_the_latents_their_scale_while_the_decoder_learns()
    {
        var runs = Runs("decoder");
        var trainer = new Trainer(runs.Autoencoder(Tuned("vae") with { TrainEncoder = false }), TinyRuns.Vae.Training, _folder.File("run"));
        for (var step = 0; step < 2; step++)
            trainer.Step();
        trainer.Export(runs.ModelOutput);
        using var before = Lumen.Core.Checkpoints.SafetensorsFile.Open(Path.Combine(_tiny.Runs.Model, "vae", Weights));
        using var after = Lumen.Core.Checkpoints.SafetensorsFile.Open(Path.Combine(runs.ModelOutput, "vae", Weights));
        var changed = before.Entries.Keys.Where(name => !Bytes(before, name).SequenceEqual(Bytes(after, name))).ToList();
        Assert.NotEmpty(changed);
        Assert.All(
            changed,
            name =>
                Assert.True(
                    name.StartsWith("decoder.", StringComparison.Ordinal) || name.StartsWith("post_quant_conv.", StringComparison.Ordinal),
                    name
                )
        );
        Assert.Equal(Scale(_tiny.Runs.Model), Scale(runs.ModelOutput));

        static byte[] Bytes(Lumen.Core.Checkpoints.SafetensorsFile file, string name)
        {
            using var tensor = file.Read(name);
            return tensor.bytes.ToArray();
        }

        static double Scale(string model) =>
            (double)JsonNode.Parse(File.ReadAllText(Path.Combine(model, "vae", "config.json")))!["scaling_factor"]!;
    }

    [Theory]
    [InlineData("vae")]
    [InlineData("base")]
    [InlineData("adapter")]
    public void Two_steps_a_stop_and_two_more_on_a_folder_equal_four_bit_for_bit(string kind)
    {
        var through = Started();
        Steps(through, 4);
        var stopped = Started();
        Steps(stopped, 2);
        new TrainingCheckpoints(_folder.Path).Save(stopped.Store, 1);
        Directory.Delete(Runs().Cache, recursive: true); // everything is made again from the files
        var resumed = Started();
        Assert.Equal(2, resumed.Resume("latest"));
        Steps(resumed, 2);
        Assert.Equal(through.Store.Fingerprint(), resumed.Store.Fingerprint());

        Trainer Started() =>
            new(
                kind switch
                {
                    "vae" => Runs().Autoencoder(Tuned(kind)),
                    "base" => Runs().Base(Tuned(kind), null),
                    _ => Runs().Adapter(Tuned(kind), _tiny.Runs.Model),
                },
                TinyRuns.Base.Training,
                _folder.Path
            );

        static void Steps(Trainer trainer, int count)
        {
            for (var step = 0; step < count; step++)
                trainer.Step();
        }
    }

    [Fact]
    public void What_does_not_go_together_is_refused_with_a_sentence()
    {
        Assert.Contains(
            "Leave out \"vae\", or initialise_from",
            Refused(runs => runs.Autoencoder(Tuned("vae") with { Vae = TinyRuns.Vae.Vae })),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Leave out \"unet\", \"scheduler\", or initialise_from",
            Refused(runs => runs.Base(Tuned("base") with { Unet = TinyRuns.Base.Unet, Scheduler = TinyRuns.Base.Scheduler }, null)),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "is a whole model, not an adapter",
            Refused(runs => runs.Adapter(Tuned("adapter") with { InitialiseFrom = _tiny.Runs.Model }, _tiny.Runs.Model)),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Give `Vae` the model folder",
            Refused(runs => runs.Base(TinyRuns.Base with { Data = Data }, null)),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "holds no vae/config.json. Give initialise_from a model folder.",
            Refused(runs => runs.Autoencoder(Tuned("vae") with { InitialiseFrom = _photos.Path })),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "A fresh encoder must be trained",
            Refused(runs => runs.Autoencoder(TinyRuns.Vae with { Data = Data, TrainEncoder = false })),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "resolution must be a multiple of 4",
            Refused(runs => runs.Base(Tuned("base") with { Data = Data with { Resolution = 30 } }, null)),
            StringComparison.Ordinal
        );
        File.Delete(_photos.File("classes.txt"));
        var labelMap = TinyRuns.Adapter with
        {
            Data = Data,
            Condition = new ConditionSettings { Kind = ConditionKind.LabelMap },
        };
        Assert.Contains("does not say its classes", Refused(runs => runs.Adapter(labelMap, _tiny.Runs.Model)), StringComparison.Ordinal);
        var few = Refused(runs => runs.Adapter(labelMap with { Condition = labelMap.Condition with { Classes = 2 } }, _tiny.Runs.Model));
        Assert.Contains("The label map of images/", few, StringComparison.Ordinal);
        Assert.Contains("hold the label 2", few, StringComparison.Ordinal);

        string Refused(Func<TrainingTaskFactory, ITrainingTask> start) => Assert.Throws<LumenException>(() => start(Runs())).Message;
    }

    public void Dispose()
    {
        _photos.Dispose();
        _folder.Dispose();
    }

    private TrainingTaskFactory Runs(string name = "output") => new(Placement.Reference, _folder.File("cache"), _folder.File(name));

    // A recipe that begins with the tiny model, and so describes no networks.
    private Recipe Tuned(string kind) =>
        kind switch
        {
            "vae" => TinyRuns.Vae with { Data = Data, Vae = null, InitialiseFrom = _tiny.Runs.Model },
            "base" => TinyRuns.Base with
            {
                Data = Data,
                Unet = null,
                TextEncoder = null,
                Scheduler = null,
                InitialiseFrom = _tiny.Runs.Model,
            },
            _ => TinyRuns.Adapter with { Data = Data },
        };
}
