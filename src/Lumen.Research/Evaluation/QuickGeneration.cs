using System.Diagnostics;
using Lumen.Core.Native;
using Lumen.Core.Processes;
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
    ICommunicator processes,
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
        var references = new List<Tensor>();
        var watch = Stopwatch.StartNew();
        int[][] chunks =
        [
            [0],
            .. Enumerable.Range(1, scenes.Count - 1).Chunk(options.BatchSize),
        ];
        var results = Shared("pictures in another appearance", [.. chunks.Select(chunk => chunk.Length)], Made, Read);
        WarmSeconds = watch.Elapsed.TotalSeconds / (scenes.Count - 1);
        for (var index = 0; index < Math.Min(scenes.Count, options.SheetRows); index++)
            _samples.Add(new QuickSample(scenes[index].Picture, LayoutDrawing.Rgb(_layouts[index]), results[index], Prompt(index)));
        ReferenceFeatures = cat(references);
        ResultFeatures = Features(results, "layouts of the results");
        var renders = Features([.. scenes.Select((scene, i) => scene.In(Other(i)).Picture)], "layouts of real renders");
        RenderLayouts = _adapter.Basis.Project(renders);
        (ReferenceLayouts, ResultLayouts) = (_adapter.Basis.Project(ReferenceFeatures), _adapter.Basis.Project(ResultFeatures));

        // The first alone, and then all others.
        void Read(int pass)
        {
            if (pass > 1)
                return;
            IReadOnlyList<Picture> pictures =
            [
                .. (pass == 0 ? chunks[..1] : chunks[1..]).SelectMany(chunk => chunk.Select(i => scenes[i].Picture)),
            ];
            var features = FeatureCells.Extract(_adapter.Features, pictures, Batches, _ => { }, stop);
            references.Add(features);
            using (var maps = _adapter.Basis.Project(features))
                Keep(maps);
        }

        IReadOnlyList<Picture> Made(int pass)
        {
            var pictures = Pictures([.. chunks[pass].Select(index => (index, Prompt(index), (long)index))]);
            if (pass == 0)
                (ColdSeconds, watch) = (watch.Elapsed.TotalSeconds, Stopwatch.StartNew());
            return pictures;
        }
    }

    /// <summary>
    /// Makes passes of pictures: several at once, the first alone. Processes claim them one by one, and each then has all.
    /// </summary>
    /// <param name="stage">What is made, for progress.</param>
    /// <param name="sizes">What each pass counts for.</param>
    /// <param name="make">Makes the pictures of one, on any thread.</param>
    /// <param name="before">Called for every pass in order, whoever makes it.</param>
    /// <returns>The pictures of all passes, in order.</returns>
    public Picture[] Shared(string stage, int[] sizes, Func<int, IReadOnlyList<Picture>> make, Action<int>? before = null)
    {
        var (passes, done) = (sizes.Length, 0);
        var made = new List<Picture>[passes];
        using var packed = new MemoryStream();
        using var writer = new BinaryWriter(packed);
        using var claims = processes.Claim(passes).GetEnumerator();
        var next = claims.MoveNext() ? claims.Current : passes;
        var claimed = new List<int>();
        for (var pass = 0; pass < passes; pass++)
        {
            before?.Invoke(pass);
            if (pass == next)
            {
                claimed.Add(pass);
                if (pass == 0 || claimed.Count == generator.Workers) // the first alone
                    Make();
                next = claims.MoveNext() ? claims.Current : passes;
            }
        }
        Make();
        if (processes.Size == 1)
            return [.. made.SelectMany(pictures => pictures)];
        var side = generator.Model.NativeSize;
        made = [.. Enumerable.Range(0, passes).Select(_ => new List<Picture>())];
        foreach (var part in processes.Gather(packed.ToArray()))
        {
            using var reader = new BinaryReader(new MemoryStream(part));
            while (reader.BaseStream.Position < part.Length)
                made[reader.ReadInt32()].Add(new Picture(side, side, reader.ReadBytes(side * side * 3)));
        }
        return [.. made.SelectMany(pictures => pictures)];

        void Make()
        {
            var some = claimed.ToArray();
            ParallelCalls.Run(some.Length, generator.Workers, index => made[some[index]] = [.. make(some[index])]);
            if (some.Length > 0)
                Report(stage, done += some.Sum(pass => sizes[pass]), sizes.Sum());
            foreach (var pass in processes.Size == 1 ? [] : some)
            {
                foreach (var picture in made[pass])
                {
                    writer.Write(pass);
                    writer.Write(picture.Rgb);
                }
            }
            claimed.Clear();
        }
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
        return FeatureCells.Extract(_adapter.Features, pictures, Batches, more => Report(stage, done += more, pictures.Count), stop);
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

    private (int Size, int AtOnce) Batches => (options.BatchSize, generator.Workers);

    public void Report(string stage, int done, int total) => progress?.Report(new EvaluationProgress(stage, done, total));

    public void Dispose()
    {
        foreach (var layout in _layouts)
            layout.Dispose();
    }

    private string Prompt(int index) => CaptionWriter.Plain(Other(index));

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
