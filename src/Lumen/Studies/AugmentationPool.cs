using Lumen.Augmentation;
using Lumen.Conditions;
using Lumen.Core;
using Lumen.Core.Imaging;
using Lumen.Data;
using Lumen.Datasets;
using Lumen.Generation;
using Lumen.Scenes;

namespace Lumen.Studies;

/// <summary>
/// The labelled streets of a setting, and what <c>lumen augment</c> makes of them: a data set on disk and its enlarged one, so that a run that was stopped goes on. Labels are the renderer's own.
/// </summary>
internal sealed class AugmentationPool
{
    /// <summary>New pictures a street on the contact sheet.</summary>
    public const int SheetColumns = 3;

    private const string Split = "train";
    private readonly AugmentationSetting _setting;
    private readonly StudyBench _bench;
    private readonly AugmentationStudyOptions _options;
    private readonly string _folder;
    private readonly Dictionary<int, LabelledPicture> _real = [];
    private readonly Dictionary<(string Domain, int Index), LabelledPicture> _tests = [];

    public AugmentationPool(AugmentationSetting setting, StudyBench bench, AugmentationStudyOptions options)
    {
        (_setting, _bench, _options) = (setting, bench, options);
        _folder = Path.Combine(bench.Folder ?? throw new LumenException("The study of augmentation needs a folder for its pictures. Run it with StudyRun."), "pool", setting.Name);
    }

    /// <summary>The setting.</summary>
    public AugmentationSetting Setting => _setting;

    private string Data => Path.Combine(_folder, "data");

    private string Enlarged => Path.Combine(_folder, "enlarged");

    private string RivalFolder => Path.Combine(_folder, "label-map");

    /// <summary>A labelled street.</summary>
    public LabelledPicture Real(int index)
    {
        if (!_real.TryGetValue(index, out var known)) _real[index] = known = Render(SceneSplit.Train, index, _setting.LabelledLook);
        return known;
    }

    /// <summary>A test street in the look of a domain.</summary>
    public LabelledPicture Test(string domain, int index)
    {
        if (!_tests.TryGetValue((domain, index), out var known)) _tests[(domain, index)] = known = Render(SceneSplit.Test, index, _setting.Tests.First(test => test.Name == domain).Look);
        return known;
    }

    /// <summary>What was made of a labelled street, the first pictures of it; for the contact sheet.</summary>
    public IEnumerable<Picture> Shown(int index) => Generated(index + 1, TrustFilter.Off, index).Select(made => made.Picture).Take(SheetColumns);

    /// <summary>Makes what is missing of the enlarged data set, by the code of <c>lumen augment</c>.</summary>
    /// <param name="first">Streets.</param>
    public void Augment(int first)
    {
        for (var index = 0; index < first; index++) WriteSource(index);
        var recipe = _bench.Recipe;
        var options = new AugmentationOptions
        {
            Variants = _options.Variants,
            Seed = recipe.SceneSeed,
            Limit = first,
            WithOriginals = false,
            Batch = Math.Min(recipe.BatchSize, AugmentationOptions.MaxBatch),
            LeakCheck = LeakCheck.Off,   // the splits of the world never share a layout
            Generation = new GenerationOptions { Steps = recipe.Steps, GuidanceScale = recipe.GuidanceScale, Strength = recipe.Strength },
        };
        var augmentation = new DatasetAugmentation(new ImageGenerator(_bench.Model, _bench.Yardstick!.Layout), _setting.Prompts, options);
        foreach (var result in augmentation.RunAsync(DatasetFormats.Open(Data), Enlarged, null, _bench.Stop).ToBlockingEnumerable(CancellationToken.None))
            if (result.Failure is { } failure) throw new LumenException(failure);
    }

    /// <summary>The rival's pictures of the same streets, prompts and seeds, made from label maps.</summary>
    /// <param name="rival">Its adapter.</param>
    /// <param name="first">Streets.</param>
    public void AugmentByLabels(StudyAdapter rival, int first)
    {
        var missing = Enumerable.Range(0, first).SelectMany(index => Enumerable.Range(0, _options.Variants).Select(variant => (Index: index, Variant: variant))).Where(one => !File.Exists(RivalPath(one.Index, one.Variant)));
        foreach (var chunk in missing.Chunk(_bench.Recipe.BatchSize))
        {
            _bench.Stop.ThrowIfCancellationRequested();
            var requests = chunk.Select(one =>
            {
                var real = Real(one.Index);
                var annotated = new AnnotatedPicture(real.Picture) { Labels = real.Labels, Depth = real.Depth, Normals = real.Normals };
                return rival.Request(annotated, _setting.Prompts.Choose(Source(one.Index), one.Variant, null, _bench.Recipe.SceneSeed).Prompt, 0) with
                {
                    Seed = VariantMaker.SeedOf(_bench.Recipe.SceneSeed, Source(one.Index), one.Variant, 0),
                };
            }).ToArray();
            var pictures = rival.Generate(requests, 0, _bench);
            for (var at = 0; at < chunk.Length; at++) PngWriter.WriteRgb(RivalPath(chunk[at].Index, chunk[at].Variant), pictures[at]);
        }
    }

    /// <summary>The rival's pictures with the labels of their sources.</summary>
    public IEnumerable<LabelledPicture> Rival(int budget) =>
        from index in Enumerable.Range(0, budget)
        from variant in Enumerable.Range(0, _options.Variants)
        select Real(index).Showing(PictureReader.Read(RivalPath(index, variant)));

    /// <summary>Generated pictures with the labels of their sources.</summary>
    /// <param name="budget">The first so many streets.</param>
    /// <param name="filter">Whether what agrees too little is left out: whole pictures, and pixels of the others.</param>
    /// <param name="first">The street to begin with.</param>
    public IEnumerable<LabelledPicture> Generated(int budget, TrustFilter filter, int first = 0)
    {
        var entries = Manifest.Read(Enlarged).ToLookup(entry => entry.Source, StringComparer.Ordinal);
        foreach (var index in Enumerable.Range(first, budget - first))
        {
            foreach (var entry in entries[Source(index)].Where(entry => entry.Item is not null && entry.Variant < _options.Variants && (filter == TrustFilter.Off || entry.Agreement >= _options.MinAgreement)))
            {
                var shown = Real(index).Showing(PictureReader.Read(Path.Combine(Enlarged, entry.Item!)));
                yield return filter == TrustFilter.Off ? shown : Masked(shown, Path.Combine(Enlarged, entry.Extras[0].File));
            }
        }
    }

    // Instances and headings take memory and are not trained.
    private LabelledPicture Render(SceneSplit split, int index, Func<SceneAppearance, SceneAppearance> look)
    {
        var seeds = SceneSeeds.For(split, index, _bench.Recipe.SceneSeed);
        var size = _bench.Model.NativeSize;
        return SceneLabels.Of(StreetRenderer.Render(SceneLayout.FromSeed(seeds.Layout), look(SceneAppearance.FromSeed(seeds.Appearance)), size, size)) with { Instances = null, Yaw = null };
    }

    // As trusted/ of an enlarged data set, for normals too.
    private LabelledPicture Masked(LabelledPicture shown, string confidence)
    {
        bool[] trusted = [.. PngReader.ReadGray16(confidence).Values.Select(value => value >= _options.IgnoreBelow * ushort.MaxValue)];
        return shown with
        {
            Labels = [.. shown.Labels!.Select((id, at) => trusted[at] ? id : LabelledPicture.Ignore)],
            Depth = [.. shown.Depth!.Select((metres, at) => trusted[at] ? metres : 0)],
            Normals = [.. shown.Normals!.Select((value, at) => trusted[at / 3] ? value : 0)],
        };
    }

    private void WriteSource(int index)
    {
        var path = Path.Combine(Data, "labels", Split, $"{index:00000}.png");
        if (File.Exists(path)) return;   // the last one that is written
        var real = Real(index);
        PngWriter.WriteRgb(Path.Combine(Data, Source(index)), real.Picture);
        PngWriter.WriteGray8(path, real.Picture.Width, real.Picture.Height, real.Labels!);
    }

    private static string Source(int index) => $"images/{Split}/{index:00000}.png";

    private string RivalPath(int index, int variant) => Path.Combine(RivalFolder, $"{index:00000}_{variant}.png");
}
