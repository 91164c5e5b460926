using Lumen.Core.Tensors;
using Lumen.Scenes;
using Lumen.Testing;
using Lumen.Training.Data;
using Xunit;

namespace Lumen.Tests.Data;

public sealed class SceneCorpusTests
{
    private static readonly SceneSelection Few = new(SceneSplit.Train, 7, Seed: 3, Size: 16);

    [Fact]
    public void Pictures_and_captions_are_those_of_the_renderer()
    {
        using var folder = new TempFolder();
        using var corpus = SceneCorpus.Open(Few, folder.Path);
        var seeds = corpus.Seeds(4);
        var scene = StreetRenderer.Render(SceneLayout.FromSeed(seeds.Layout), SceneAppearance.FromSeed(seeds.Appearance), 16, 16);
        var rgb = new byte[16 * 16 * 3];
        corpus.ReadRgb(4, rgb);
        Assert.Equal(scene.Rgb, rgb);
        Assert.Equal(scene.Caption, corpus.Caption(4));
        using var batch = corpus.Batch([4, 0]);
        Assert.Equal([2, 3, 16, 16], batch.shape);
        Assert.Equal(scene.Rgb[1] / 127.5 - 1, batch[0, 1, 0, 0].item<float>(), 1e-6);
    }

    [Fact]
    public void A_longer_run_goes_on_where_a_shorter_one_ended()
    {
        using var folder = new TempFolder();
        using var whole = new TempFolder();
        SceneCorpus.Open(Few with { Count = 3 }, folder.Path).Dispose();
        SceneCorpus.Open(Few, folder.Path).Dispose();
        SceneCorpus.Open(Few, whole.Path).Dispose();
        foreach (var file in Directory.EnumerateFiles(whole.Path))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(folder.File(Path.GetFileName(file))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public void A_caption_that_a_full_disk_cut_short_is_written_again(int lost)
    {
        using var folder = new TempFolder();
        using var whole = new TempFolder();
        SceneCorpus.Open(Few, whole.Path).Dispose();
        SceneCorpus.Open(Few with { Count = 3 }, folder.Path).Dispose();
        using (var captions = File.OpenWrite(folder.File("street-train-seed3-16px.txt")))
            captions.SetLength(captions.Length - lost);
        SceneCorpus.Open(Few, folder.Path).Dispose();
        foreach (var file in Directory.EnumerateFiles(whole.Path))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(folder.File(Path.GetFileName(file))));
    }

    [Fact]
    public void Two_runs_that_need_the_same_scenes_render_them_one_after_the_other()
    {
        using var folder = new TempFolder();
        using var whole = new TempFolder();
        SceneCorpus.Open(Few, whole.Path).Dispose();
        Parallel.Invoke([
            .. Enumerable.Range(3, 5).Select(count => (Action)(() => SceneCorpus.Open(Few with { Count = count }, folder.Path).Dispose())),
        ]);
        foreach (var file in Directory.EnumerateFiles(whole.Path))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(folder.File(Path.GetFileName(file))));
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void A_batch_depends_on_nothing_but_seed_and_step()
    {
        using var folder = new TempFolder();
        using var corpus = SceneCorpus.Open(Few, folder.Path);
        using var again = SceneCorpus.Open(Few, folder.Path);
        var random = new RandomStream(5);
        _ = corpus.Indices(random, 0, 2);
        Assert.Equal(again.Indices(random, 9, 2), corpus.Indices(random, 9, 2));
        var inPairs = Enumerable.Range(0, 7).SelectMany(step => corpus.Indices(random, step, 2)).ToArray();
        Assert.Equal(corpus.Indices(random, 0, 14), inPairs);
        Assert.Equal(Enumerable.Range(0, 7), inPairs[..7].Order());
        Assert.Equal(Enumerable.Range(0, 7), inPairs[7..].Order());
        Assert.NotEqual(inPairs[..7], inPairs[7..]);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_named()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("cache"), "a file, not a folder");
        var fault = Assert.Throws<LumenException>(() => SceneCorpus.Open(Few, folder.File("cache")));
        Assert.Contains("`CacheFolder`", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Splits_share_no_layout()
    {
        var train = Layouts(SceneSplit.Train);
        Assert.Empty(train.Intersect(Layouts(SceneSplit.Validation)));
        Assert.Empty(train.Intersect(Layouts(SceneSplit.Test)));

        static HashSet<ulong> Layouts(SceneSplit split) =>
            [.. Enumerable.Range(0, 2000).Select(index => SceneSeeds.For(split, index, 1).Layout)];
    }
}
