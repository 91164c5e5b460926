using Lumen.Augmentation;
using Lumen.Conditions;
using Lumen.Datasets;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Training.Data;

namespace Lumen.Research.Studies;

/// <summary>
/// The labelled pictures of a setting, and what <c>lumen augment</c> makes of them: a data set on disk and its augmented one, so that a run
/// that was stopped continues.
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
    private readonly PromptMatrix _prompts;
    private readonly Dictionary<int, (LabelledPicture Picture, AnnotatedPicture Annotated)> _real = [];
    private readonly Dictionary<(string Domain, int Index), LabelledPicture> _tests = [];

    public AugmentationPool(AugmentationSetting setting, StudyBench bench, AugmentationStudyOptions options)
    {
        (_setting, _bench, _options, _prompts) = (setting, bench, options, setting.Prompts(bench));
        _folder = Path.Combine(
            bench.Folder ?? throw new LumenException("The study of augmentation needs a folder for its pictures. Run it with StudyRun."),
            "pool",
            setting.Name
        );
    }

    /// <summary>The setting.</summary>
    public AugmentationSetting Setting => _setting;

    private string Data => Path.Combine(_folder, "data");

    private string Augmented => Path.Combine(_folder, "enlarged");

    private string BaselineFolder => Path.Combine(_folder, "label-map");

    /// <summary>A labelled picture.</summary>
    public LabelledPicture Real(int index) => Source(index).Picture;

    /// <summary>A test picture of a domain.</summary>
    public LabelledPicture Test(string domain, int index)
    {
        if (!_tests.TryGetValue((domain, index), out var known))
            _tests[(domain, index)] = known = _setting.Tests.First(test => test.Name == domain).Picture(_bench, index).Picture;
        return known;
    }

    /// <summary>What was made of a labelled street, the first pictures of it; for the contact sheet.</summary>
    public IEnumerable<Picture> Shown(int index) =>
        Generated(index + 1, TrustFilter.Off, index).Select(made => made.Picture).Take(SheetColumns);

    /// <summary>Makes what is missing of the augmented data set, by the code of <c>lumen augment</c>.</summary>
    /// <param name="first">Streets.</param>
    public void Augment(int first)
    {
        for (var index = 0; index < first; index++)
            WriteSource(index);
        var recipe = _bench.Recipe;
        var options = new AugmentationOptions
        {
            Variants = _options.Variants,
            Seed = recipe.SceneSeed,
            Limit = first,
            WithOriginals = false,
            Batch = Math.Min(recipe.BatchSize, AugmentationOptions.MaxBatch),
            HeldOutCheck = HeldOutCheck.Off, // the splits of the world never share a layout
            Generation = recipe.Generation,
        };
        var augmentation = new DatasetAugmentation(new ImageGenerator(_bench.Model, _bench.FirstLayoutAdapter!.Layout), _prompts, options);
        foreach (
            var result in augmentation
                .RunAsync(DatasetFormats.Open(Data), Augmented, null, _bench.Stop)
                .ToBlockingEnumerable(CancellationToken.None)
        )
            if (result.Failure is { } failure)
                throw new LumenException(failure);
    }

    /// <summary>The baseline's pictures of the same streets, prompts and seeds, made from label maps.</summary>
    /// <param name="baseline">Its adapter.</param>
    /// <param name="first">Streets.</param>
    public void AugmentByLabels(StudyAdapter baseline, int first)
    {
        var missing = Enumerable
            .Range(0, first)
            .SelectMany(index => Enumerable.Range(0, _options.Variants).Select(variant => (Index: index, Variant: variant)))
            .Where(one => !File.Exists(BaselinePath(one.Index, one.Variant)));
        foreach (var chunk in missing.Chunk(_bench.Recipe.BatchSize))
        {
            _bench.Stop.ThrowIfCancellationRequested();
            var requests = chunk
                .Select(one =>
                    baseline.Request(
                        Source(one.Index).Annotated,
                        _prompts.Choose(Name(one.Index), one.Variant, null, _bench.Recipe.SceneSeed).Prompt,
                        0
                    ) with
                    {
                        Seed = VariantMaker.SeedOf(_bench.Recipe.SceneSeed, Name(one.Index), one.Variant, 0),
                    }
                )
                .ToArray();
            var pictures = baseline.Generate(requests, 0, _bench);
            for (var at = 0; at < chunk.Length; at++)
                PngWriter.WriteRgb(BaselinePath(chunk[at].Index, chunk[at].Variant), pictures[at]);
        }
    }

    /// <summary>The baseline's pictures with the labels of their sources.</summary>
    public IEnumerable<LabelledPicture> Baseline(int budget) =>
        from index in Enumerable.Range(0, budget)
        from variant in Enumerable.Range(0, _options.Variants)
        select Real(index).Showing(PictureReader.Read(BaselinePath(index, variant)));

    /// <summary>Generated pictures with the labels of their sources.</summary>
    /// <param name="budget">The first so many streets.</param>
    /// <param name="filter">Whether what agrees too little is left out: whole pictures, and pixels of the others.</param>
    /// <param name="first">The street to begin with.</param>
    public IEnumerable<LabelledPicture> Generated(int budget, TrustFilter filter, int first = 0)
    {
        var entries = Manifest.Read(Augmented).ToLookup(entry => entry.Source, StringComparer.Ordinal);
        foreach (var index in Enumerable.Range(first, budget - first))
        {
            foreach (
                var entry in entries[Name(index)]
                    .Where(entry =>
                        entry.Item is not null
                        && entry.Variant < _options.Variants
                        && (filter == TrustFilter.Off || entry.Agreement >= _options.MinAgreement)
                    )
            )
            {
                var shown = Real(index).Showing(PictureReader.Read(Path.Combine(Augmented, entry.Item!)));
                yield return filter == TrustFilter.Off ? shown : Masked(shown, Path.Combine(Augmented, entry.Extras[0].File));
            }
        }
    }

    private (LabelledPicture Picture, AnnotatedPicture Annotated) Source(int index)
    {
        if (!_real.TryGetValue(index, out var known))
            _real[index] = known = _setting.Labelled(_bench, index);
        return known;
    }

    // As trusted/ of an augmented data set, for normals too.
    private LabelledPicture Masked(LabelledPicture shown, string confidence)
    {
        bool[] trusted = [.. PngReader.ReadGray16(confidence).Values.Select(value => value >= _options.IgnoreBelow * ushort.MaxValue)];
        return shown with
        {
            Labels = [.. shown.Labels!.Select((id, at) => trusted[at] ? id : LabelledPicture.Ignore)],
            Depth = shown.Depth is { } depth ? [.. depth.Select((metres, at) => trusted[at] ? metres : 0)] : null,
            Normals = shown.Normals is { } normals ? [.. normals.Select((value, at) => trusted[at / 3] ? value : 0)] : null,
        };
    }

    private void WriteSource(int index)
    {
        var path = Path.Combine(Data, "labels", Split, $"{index:00000}.png");
        if (File.Exists(path))
            return; // the last one that is written
        var real = Real(index);
        PngWriter.WriteRgb(Path.Combine(Data, Name(index)), real.Picture);
        PngWriter.WriteGray8(path, real.Picture.Width, real.Picture.Height, real.Labels!);
    }

    private static string Name(int index) => $"images/{Split}/{index:00000}.png";

    private string BaselinePath(int index, int variant) => Path.Combine(BaselineFolder, $"{index:00000}_{variant}.png");
}
