using Lumen.Conditions;
using Lumen.Core.Native;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Models.Vision;
using static TorchSharp.torch;

namespace Lumen.Research.Studies;

/// <summary>An adapter of a recipe, opened: conditioned on layouts or on something else.</summary>
public sealed class StudyAdapter : IDisposable
{
    private readonly Backbone? _backbone;
    private readonly ImageGenerator _generator;

    private StudyAdapter(StudyAdapterEntry entry, DiffusionModel model, string folder, string? weights, int workers)
    {
        Entry = entry;
        try
        {
            _backbone = weights is null ? null : VisionBackboneFile.Open(weights, model.Placement, registry: model.Registry);
            if (ControlNetAdapter.IsTrained(folder))
                Pictures = ControlNetAdapter.Load(folder, model);
            else
                Layout = LayoutAdapter.Load(folder, model, _backbone);
        }
        catch
        {
            _backbone?.Dispose();
            throw;
        }
        _generator = new ImageGenerator(model, Layout) { ControlNetAdapter = Pictures, Workers = workers };
        Identity = Layout is null
            ? $"{Pictures!.WeightsHash}/{ConditionSettings.Load(folder)!.ToJson()}"
            : $"{Layout.WeightsHash}/{Layout.Basis.Hash}";
    }

    /// <summary>Its entry in the recipe.</summary>
    public StudyAdapterEntry Entry { get; }

    /// <summary>Its name.</summary>
    public string Name => Entry.Name;

    /// <summary>Hashes of its weights and of what makes its condition.</summary>
    public string Identity { get; }

    /// <summary>The adapter if it is conditioned on layouts.</summary>
    public LayoutAdapter? Layout { get; }

    /// <summary>The adapter if it has another condition.</summary>
    public ControlNetAdapter? Pictures { get; }

    /// <summary>Opens an adapter.</summary>
    /// <param name="entry">Its entry in the recipe.</param>
    /// <param name="model">The base.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="weights">Its backbone's weights, or null.</param>
    /// <param name="workers">Calls of the model at once, each on a thread of its own.</param>
    /// <exception cref="LumenException">It does not fit the model.</exception>
    public static StudyAdapter Open(StudyAdapterEntry entry, DiffusionModel model, string folder, string? weights, int workers = 1) =>
        new(entry, model, folder, weights, workers);

    /// <summary>Layouts of pictures of the model's size.</summary>
    /// <returns>[n, N, h, w] float32; the caller disposes it.</returns>
    public Tensor LayoutsOf(IReadOnlyList<Picture> pictures, StudyBench bench)
    {
        using var scope = NewDisposeScope();
        return Layout!.Basis.Project(FeaturesOf(pictures, bench)).MoveToOuterDisposeScope();
    }

    /// <summary>Features that the layouts are made of.</summary>
    /// <returns>[n, C, h, w] float32; the caller disposes it.</returns>
    public Tensor FeaturesOf(IReadOnlyList<Picture> pictures, StudyBench bench)
    {
        using var frozen = no_grad();
        return Evaluation.FeatureCells.Extract(
            Layout!.Features,
            pictures,
            (bench.Recipe.BatchSize, _generator.Workers),
            _ => { },
            bench.Stop
        );
    }

    /// <summary>A request conditioned on a layout map.</summary>
    /// <param name="map">[N, h, w]; copied.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="item">Noise stream.</param>
    public GenerationRequest Request(Tensor map, string prompt, int item)
    {
        var size = _generator.Model.NativeSize;
        return new GenerationRequest(prompt, new NeuralLayout(map, Layout!.Basis.Hash, Layout.Basis.Source, size, size), size, size)
        {
            FirstItem = item,
        };
    }

    /// <summary>A request conditioned on an annotated picture.</summary>
    /// <exception cref="LumenException">The condition needs what is not known of the picture.</exception>
    public GenerationRequest Request(AnnotatedPicture source, string prompt, int item) =>
        _generator.RequestFor(Pictures!.ImageOf(source), prompt, (source.Picture.Width, source.Picture.Height)) with
        {
            FirstItem = item,
        };

    /// <summary>The adapter's condition, drawn for people.</summary>
    public Picture Drawn(GenerationRequest request) =>
        request.Layout is { } layout ? LayoutDrawing.Rgb(layout) : Pictures!.Drawn(request.ConditionImage!);

    /// <summary>The pictures of requests.</summary>
    /// <param name="requests">All for this adapter.</param>
    /// <param name="seed">Seed of the noise.</param>
    /// <param name="bench">Settings, and when to stop.</param>
    /// <param name="steps">Denoising steps; null for those of the options.</param>
    /// <param name="generation">How they are generated; null for the recipe's way.</param>
    public IReadOnlyList<Picture> Generate(
        IReadOnlyList<GenerationRequest> requests,
        int seed,
        StudyBench bench,
        int? steps = null,
        GenerationOptions? generation = null
    )
    {
        var recipe = bench.Recipe;
        var options = generation ?? recipe.Generation;
        options = options with { NumInferenceSteps = steps ?? options.NumInferenceSteps, Seed = (ulong)seed };
        var pictures = new List<Picture>(requests.Count);
        foreach (var round in requests.Chunk(recipe.BatchSize).Chunk(_generator.Workers))
        {
            var made = new IReadOnlyList<Picture>[round.Length];
            ParallelCalls.Run(
                round.Length,
                _generator.Workers,
                index => made[index] = _generator.GenerateBatch(round[index], options, null, bench.Stop)
            );
            pictures.AddRange(made.SelectMany(some => some));
        }
        return pictures;
    }

    public void Dispose()
    {
        Layout?.Dispose();
        Pictures?.Dispose();
        _backbone?.Dispose();
    }
}
