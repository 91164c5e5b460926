using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Layouts;
using Lumen.Testing;
using Lumen.Tests.Data;
using Lumen.Training;
using Lumen.Training.Data;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Training;

[Collection(TinyModel.Name)]
public sealed class PairTrainingTests(TinyModel tiny) : IDisposable
{
    private const int Crops = 4,
        Trained = 8;
    private readonly PairFolder _pairs = new();
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _pairs.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Layouts_are_those_of_variants_of_the_same_picture_and_crop_as_often_as_asked()
    {
        using var scope = NewDisposeScope();
        var (train, pairs) = Corpora();
        using var own = Cache("own", train.Count, 0);
        using var variants = Cache("variants", pairs.Corpus.Count, 100);
        int[] indices = [.. Enumerable.Range(0, train.Count)];
        Assert.All(LayoutsWith(1), value => Assert.True(value.Layout >= 100 && pairs.SourceOf(value.Layout - 100) == value.Index));
        Assert.Equal(2 * Trained, LayoutsWith(1).Select(value => (value.Layout - 100) / Crops).Distinct().Count()); // every variant in turn
        Assert.All(LayoutsWith(0), value => Assert.Equal(value.Index, value.Layout));
        Assert.InRange(LayoutsWith(0.3).Count(value => value.Layout >= 100), 15, 45); // 30 % of 96

        // Layouts are one number all over; a few steps, since a batch draws one variant for each picture.
        List<(int Index, int Layout)> LayoutsWith(double share)
        {
            var condition = new LayoutTraining(tiny.Model, tiny.Adapter.Basis, (train, own), (train, own))
            {
                FullLayouts = 1,
                Pairs = pairs.With(variants),
                PairShare = share,
            };
            return
            [
                .. Enumerable
                    .Range(0, 3)
                    .SelectMany(step =>
                    {
                        var random = new RandomStream(7).For(step);
                        var whole = Numbers(condition.Train(indices, new BatchPart(0, indices.Length), (8, 8), random));
                        int[] halves =
                        [
                            .. Numbers(condition.Train(indices, new BatchPart(0, 16), (8, 8), random)),
                            .. Numbers(condition.Train(indices, new BatchPart(16, 16), (8, 8), random)),
                        ];
                        Assert.Equal(whole, halves); // however many processes share it
                        return indices.Zip(whole);
                    }),
            ];
        }

        static int[] Numbers(Tensor condition) => [.. condition.mean([1, 2, 3]).data<float>().Select(value => (int)MathF.Round(value))];

        TensorCache Cache(string name, int count, int offset) =>
            TensorCache.Open(
                _folder.File(name),
                count,
                items => tensor(items.Select(at => (float)(offset + at)).ToArray()).view(-1, 1, 1, 1).expand(-1, TinyRuns.Components, 4, 4)
            );
    }

    [Fact]
    public void Variants_have_the_crops_of_their_sources_whatever_their_own_size_is()
    {
        _pairs.Add("images/3.png", 0, PhotoFolder.Places(26, 18, 99)); // of half the size: places are twice as far apart
        _pairs.Write();
        var (train, pairs) = Corpora();
        var (own, other) = (new byte[3 * TinyRuns.Size * TinyRuns.Size], new byte[3 * TinyRuns.Size * TinyRuns.Size]);
        for (var at = 0; at < pairs.Corpus.Count; at++)
        {
            train.ReadRgb(pairs.SourceOf(at), own);
            pairs.Corpus.ReadRgb(at, other);
            var isSmall = pairs.Corpus.PictureOf(at).Name == "images/3_lumen0.png";
            for (var pixel = 0; pixel < own.Length; pixel += 3 * 7)
            {
                Assert.InRange((isSmall ? 2 : 1) * other[pixel] - own[pixel], isSmall ? -12 : 0, isSmall ? 12 : 0);
                Assert.NotEqual(own[pixel + 2], other[pixel + 2]);
            }
        }
        Assert.Equal(2 * Trained * Crops, pairs.Corpus.Count);
    }

    [Fact]
    public void What_differs_within_pairs_counts_against_a_component()
    {
        using var scope = NewDisposeScope();
        var (train, pairs) = Corpora();
        int[] variants = [.. Enumerable.Range(0, pairs.Corpus.Count)];
        int[] sources = [.. variants.Select(pairs.SourceOf)];
        using var plain = BasisOf(_pairs.Recipe(1, 0));
        using var paired = BasisOf(_pairs.Recipe(0, 20));
        using var jittered = BasisOf(_pairs.Recipe(0, 20) with { Layout = _pairs.Recipe(0, 20).Layout with { Pairs = null } });
        Assert.True(Change(paired) < 0.8 * Change(plain), $"{Change(paired):f3} with pairs, {Change(plain):f3} without a penalty");
        Assert.True(Change(paired) < Change(jittered), $"{Change(paired):f3} with pairs, {Change(jittered):f3} with jitter");
        Assert.Equal("photos, part all, 8 pictures", paired.Report!.Data);

        // How much of the features' change lies along the components.
        double Change(LayoutBasis basis)
        {
            long[] items = [.. sources.Select(at => (long)at)];
            var (own, other) = (Prepared(train.Batch(sources)), Prepared(pairs.Corpus.Batch(variants)));
            return (other - own).mm(basis.Principal.Components.t()).square().sum(1).mean().item<double>();

            Tensor Prepared(Tensor images) =>
                FeaturePreparation.Rows(FeaturePreparation.Prepare(tiny.Adapter.Features.Extract(images, items), basis.Options), 0);
        }

        LayoutBasis BasisOf(Recipe recipe)
        {
            var folder = _folder.File(Guid.NewGuid().ToString("N"));
            Runs().Adapter(recipe, tiny.Runs.Model).Export(folder);
            return LayoutBasis.Load(folder);
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public void A_run_with_pairs_goes_on_bit_for_bit(int microBatches, bool buckets)
    {
        var recipe = _pairs.Recipe(0.5);
        recipe = recipe with
        {
            Data = recipe.Data with { AspectBuckets = buckets ? AspectBuckets.Usual : null },
            Layout = recipe.Layout with { Photometric = 0.5 },
            Training = recipe.Training with { GradientAccumulationSteps = microBatches, MaxTrainSteps = 6 },
        };
        var straight = Trainer("straight");
        Steps(straight, 6);
        var stopped = Trainer("stopped");
        Steps(stopped, 3);
        new TrainingCheckpoints(_folder.File("stopped")).Save(stopped.Store, 1);
        Directory.Delete(Runs().Cache, recursive: true);
        var resumed = Trainer("stopped");
        Assert.Equal(3, resumed.Resume("latest"));
        Steps(resumed, 3);
        Assert.Equal(straight.Store.Fingerprint(), resumed.Store.Fingerprint());
        Assert.NotEqual(straight.Store.Fingerprint(), Own());

        Trainer Trainer(string name) => new(Runs(name).Adapter(recipe, tiny.Runs.Model), recipe.Training, _folder.File(name));

        // The same basis, but no layout of a variant.
        string Own()
        {
            recipe = recipe with { Layout = recipe.Layout with { Pairs = recipe.Layout.Pairs! with { Share = 0 } } };
            var own = Trainer("own");
            Steps(own, 6);
            return own.Store.Fingerprint();
        }

        static void Steps(Trainer trainer, int count)
        {
            for (var step = 0; step < count; step++)
                Assert.True(double.IsFinite(trainer.Step().Loss));
        }
    }

    [Fact]
    public void A_run_goes_on_with_its_pairs_only_and_wherever_they_lie()
    {
        var recipe = _pairs.Recipe(0.5) with { Training = TinyRuns.Adapter.Training with { MaxTrainSteps = 1, CheckpointingSteps = 1 } };
        Run(recipe, null);
        Directory.Move(_pairs.Augmented, _folder.File("moved"));
        var longer = recipe with
        {
            Layout = recipe.Layout with { Pairs = recipe.Layout.Pairs! with { Folder = _folder.File("moved") } },
            Training = recipe.Training with { MaxTrainSteps = 2 },
        };
        Run(longer, "latest");
        var fewer = longer with { Layout = longer.Layout with { Pairs = longer.Layout.Pairs! with { MinAgreement = 0.8 } } };
        var refused = Assert.Throws<LumenException>(() => Run(fewer, "latest")).Message;
        Assert.Contains("pairs is 16 pairs, hash ", refused, StringComparison.Ordinal);
        Assert.Contains("layout.pairs.min_agreement is 0.7 there, and 0.8 here", refused, StringComparison.Ordinal);
        Assert.Contains("add `AllowChange` layout.pairs.min_agreement,pairs", refused, StringComparison.Ordinal);

        void Run(Recipe made, string? from)
        {
            var trainer = new Trainer(
                (Runs("run") with { ResumeFrom = from }).Adapter(made, tiny.Runs.Model),
                made.Training,
                _folder.File("run")
            );
            if (from is not null)
                trainer.Resume(from);
            Assert.True(trainer.Run(stop: TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void What_pairs_take_is_told_first_and_a_disk_without_room_for_them_is_refused()
    {
        TrainingForecast? told = null;
        var runs = Runs() with { Estimated = forecast => told = forecast };
        var recipe = _pairs.Recipe(0.5) with { Layout = _pairs.Recipe(0.5).Layout with { FitPictures = 20 } };
        runs.Adapter(recipe, tiny.Runs.Model);
        Assert.Equal(
            "read 10 pictures, encode 34 pictures, read 16 variants, read the features of 20 for the basis, compare the features of 20 "
                + "pairs, read the layouts of 34, read the layouts of 64 variants",
            string.Join(", ", told!.Preparation.Select(part => part.What))
        );
        runs.Adapter(recipe, tiny.Runs.Model);
        Assert.DoesNotContain(told.Preparation, part => part.What.Contains("variants", StringComparison.Ordinal));

        var (pixels, cells) = (3L * TinyRuns.Size * TinyRuns.Size, TinyRuns.Size * TinyRuns.Size / 4);
        var enough = 98 * pixels + 2L * (34 * (4 + TinyRuns.Components) + 64 * TinyRuns.Components) * cells;
        var small = Runs() with { Cache = _folder.File("small"), Estimated = _ => { }, FreeSpace = _ => enough - 1 };
        Assert.Equal(LumenErrorKind.Disk, Assert.Throws<LumenException>(() => small.Adapter(recipe, tiny.Runs.Model)).Kind);
        (small with { FreeSpace = folder => folder == small.Cache ? enough : long.MaxValue }).Adapter(recipe, tiny.Runs.Model);
        Assert.True(Directory.EnumerateFiles(_folder.File("small")).Sum(file => new FileInfo(file).Length) < enough + 6000); // headers
    }

    [Fact]
    public void What_no_pairs_can_be_made_for_is_refused_before_anything_is_read()
    {
        var recipe = _pairs.Recipe(0.3);
        Refused(
            recipe with
            {
                Condition = new ConditionSettings { Kind = ConditionKind.Canny },
            },
            "the condition canny is made without any"
        );
        Refused(recipe with { Data = TinyRuns.Adapter.Data }, "the recipe renders its scenes itself", "lumen scenes render");
        Refused(With(new RecipePairs { Folder = _folder.File("none") }), "There is no augmented data set at", "`Pairs`");
        Refused(With(new RecipePairs { Folder = _pairs.Path }), "has no manifest.jsonl");
        Refused(
            With(
                new RecipePairs
                {
                    Folder = "",
                    Share = 1.5,
                    MinAgreement = 2,
                }
            ),
            "folder must name an augmented data set",
            "share must be a fraction from 0 to 1 but is 1.5",
            "min_agreement must be -1 to 1 but is 2"
        );
        Refused(_pairs.Recipe(0, 0), "they change nothing");

        Recipe With(RecipePairs pairs) => recipe with { Layout = recipe.Layout with { Pairs = pairs } };

        void Refused(Recipe recipe, params string[] sentences)
        {
            var fault = Assert.Throws<LumenException>(() => Runs().Adapter(recipe, tiny.Runs.Model));
            Assert.All(sentences, sentence => Assert.Contains(sentence, fault.Message, StringComparison.Ordinal));
        }
    }

    private (FolderCorpus Train, LayoutPairs Pairs) Corpora()
    {
        var listed = FolderPictures.List(_pairs.Data.Pictures!);
        var variants = VariantPictures.List(_pairs.Recipe(1).Layout.Pairs!, listed, _ => { }, default);
        var train = FolderCorpus.OpenTrain(listed, _folder.File("cache"));
        return (train, new LayoutPairs(train, FolderCorpus.OpenVariants(listed, variants, _folder.File("cache"))));
    }

    private TrainingTaskFactory Runs(string output = "output") => new(Placement.Reference, _folder.File("cache"), _folder.File(output));
}
