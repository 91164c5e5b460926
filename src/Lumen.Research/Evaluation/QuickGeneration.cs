using System.Diagnostics;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Scenes;
using static TorchSharp.torch;

namespace Lumen.Research.Evaluation;

/// <summary>
/// The generating part of the quick evaluation, and what it leaves for the metrics. Tensors belong to the scope it was made in.
/// </summary>
internal sealed class QuickGeneration(
    ImageGenerator generator,
    IReadOnlyList<EvaluationScene> scenes,
    QuickEvaluationOptions options,
    IProgress<EvaluationProgress>? progress,
    CancellationToken stop
) : IDisposable
{
    private readonly List<NeuralLayout> _layouts = [];
    private readonly LayoutAdapter _adapter = generator.Adapter!;
    private readonly List<QuickSample> _samples = [];

    public ImageGenerator Generator => generator;

    public IReadOnlyList<EvaluationScene> Scenes => scenes;

    public QuickEvaluationOptions Options => options;

    public CancellationToken Stop => stop;

    public IProgress<EvaluationProgress>? Progress => progress;

    public IReadOnlyList<QuickSample> Samples => _samples;

    /// <summary>Features of the references, [n, C, h, w].</summary>
    public Tensor ReferenceFeatures { get; private set; } = null!;

    /// <summary>Features of the results, [n, C, h, w].</summary>
    public Tensor ResultFeatures { get; private set; } = null!;

    /// <summary>Layouts of the references, [n, N, h, w].</summary>
    public Tensor ReferenceLayouts { get; private set; } = null!;

    /// <summary>
    /// Layouts of real renders of the references' own scenes in the prompts' appearances, [n, N, h, w]: what a perfect generator would
    /// give.
    /// </summary>
    public Tensor RenderLayouts { get; private set; } = null!;

    /// <summary>Layouts of the results, [n, N, h, w].</summary>
    public Tensor ResultLayouts { get; private set; } = null!;

    /// <summary>Reference to result, extraction included: mean over all pictures but the first.</summary>
    public double WarmSeconds { get; private set; }

    /// <summary>The same for the first picture, generated alone.</summary>
    public double ColdSeconds { get; private set; }

    /// <summary>One picture of each reference in a different appearance. The first is made alone: its time is the cold one.</summary>
    public void Generate()
    {
        var (references, results) = (new List<Tensor>(), new List<Picture>());
        var watch = Stopwatch.StartNew();
        foreach (var chunk in Enumerable.Range(1, scenes.Count - 1).Chunk(options.BatchSize).Prepend([0]))
        {
            var features = FeatureCells.Extract(_adapter.Features, [.. chunk.Select(i => scenes[i].Picture)], chunk.Length, _ => { }, stop);
            references.Add(features);
            using (var maps = _adapter.Basis.Project(features))
                Keep(maps);
            var prompts = chunk.Select(i => CaptionWriter.Plain(Other(i))).ToArray();
            var pictures = Pictures([.. chunk.Select((index, i) => (index, prompts[i], (long)index))]);
            results.AddRange(pictures);
            foreach (var (index, i) in chunk.Select((index, i) => (index, i)).Where(pair => pair.index < options.SheetRows))
                _samples.Add(new QuickSample(scenes[index].Picture, LayoutDrawing.Rgb(_layouts[index]), pictures[i], prompts[i]));
            if (chunk[0] == 0)
                (ColdSeconds, watch) = (watch.Elapsed.TotalSeconds, Stopwatch.StartNew());
            Report("pictures in another appearance", results.Count, scenes.Count);
        }
        WarmSeconds = watch.Elapsed.TotalSeconds / (scenes.Count - 1);
        ReferenceFeatures = cat(references);
        ResultFeatures = Features(results, "layouts of the results");
        var renders = Features([.. scenes.Select((scene, i) => scene.In(Other(i)).Picture)], "layouts of real renders");
        RenderLayouts = _adapter.Basis.Project(renders);
        (ReferenceLayouts, ResultLayouts) = (_adapter.Basis.Project(ReferenceFeatures), _adapter.Basis.Project(ResultFeatures));
    }

    /// <summary>Generates pictures from layouts of references.</summary>
    /// <param name="wishes">Index of the reference, prompt, number of the noise stream.</param>
    public IReadOnlyList<Picture> Pictures(IReadOnlyList<(int Reference, string Prompt, long Item)> wishes)
    {
        var size = generator.Model.NativeSize;
        return generator.GenerateBatch(
            [.. wishes.Select(wish => new GenerationRequest(wish.Prompt, _layouts[wish.Reference], size, size) { FirstItem = wish.Item })],
            options.Generation,
            stop: stop
        );
    }

    /// <summary>Features of pictures, [n, C, h, w].</summary>
    public Tensor Features(IReadOnlyList<Picture> pictures, string stage)
    {
        var done = 0;
        return FeatureCells.Extract(
            _adapter.Features,
            pictures,
            options.BatchSize,
            more => Report(stage, done += more, pictures.Count),
            stop
        );
    }

    /// <summary>Mean over the references of the peak signal-to-noise ratio of encoding and decoding, pictures spanning [-1, 1].</summary>
    public double AutoencoderPsnr()
    {
        var sum = 0.0;
        foreach (var chunk in scenes.Chunk(options.BatchSize))
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var images = PictureTensor.ToTensor([.. chunk.Select(scene => scene.Picture)]);
            var decoded = generator.Model.Decode(generator.Model.Encode(images)).clamp(-1, 1).cpu();
            var errors = (decoded - images).square().flatten(1).mean([1]); // [B]
            sum += (10 * log10(4 / errors)).sum().item<float>(); // the peak is 2
        }
        return sum / scenes.Count;
    }

    public void Report(string stage, int done, int total) => progress?.Report(new EvaluationProgress(stage, done, total));

    public void Dispose()
    {
        foreach (var layout in _layouts)
            layout.Dispose();
    }

    private SceneAppearance Other(int index) =>
        QuickPrompts.Other(scenes[index].Appearance, index, new RandomStream(options.Generation.Seed));

    private void Keep(Tensor maps)
    {
        using var scope = NewDisposeScope();
        var size = generator.Model.NativeSize;
        for (var i = 0L; i < maps.shape[0]; i++)
            _layouts.Add(new NeuralLayout(maps[i], _adapter.Basis.Hash, _adapter.Basis.Source, size, size));
    }
}
