using Lumen.Captioning;
using Lumen.Core.Native;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Hub;

namespace Lumen;

/// <summary>A model with its adapter, as a pipeline holds it. It belongs to the pipeline's thread.</summary>
internal sealed class OpenedModel : IDisposable
{
    private const int Parts = 3; // the model, its hash, the adapter
    private readonly List<IDisposable> _owned = [];

    private OpenedModel(string path, LumenOptions options, IProgress<LumenProgress>? progress, CancellationToken stop)
    {
        try
        {
            if (options.Threads < 1)
                throw new LumenException(
                    LumenErrorKind.Option,
                    $"The threads of a pipeline must be 1 or more but are {options.Threads}. Leave them out for as many as libtorch has."
                );
            var placement = Placement.Parse(options.Device, options.Dtype);
            Report(0);
            Model = Owned(DiffusionModel.Load(path, placement, options.ModelFile, stop));
            Report(1);
            Model.Hash(stop);
            Report(2);
            var folder = options.Adapter ?? (Path.Combine(path, "controlnet") is var own && Directory.Exists(own) ? own : null);
            if (folder is not null)
                Open(folder, options.BackboneWeights, placement, stop);
            else if (options.BackboneWeights is not null)
                throw new LumenException(
                    LumenErrorKind.Option,
                    $"`BackboneWeights` are for an adapter that reads layouts with them, but {Model.Name} has no adapter. Give `Adapter` "
                        + "one, or leave `BackboneWeights` out."
                );
            Obedience = ObedienceEvaluator.ForModel(path, options.Clip, options.Phrases, placement.Device);
            if (Obedience is not null)
                Owned(Obedience);
            using var given = options.Threads is { } threads ? new ThreadScope(threads) : null;
            (Threads, var workers) = ComputeThreads.Of(Model);
            Generator = new ImageGenerator(Model, Layouts)
            {
                Workers = workers,
                ControlNetAdapter = Conditions,
                Embeddings = Owned(new PromptEmbeddings(Model)),
                Obedience = Obedience,
            };
            Report(Parts);
        }
        catch
        {
            Dispose();
            throw;
        }

        void Report(int done) => progress?.Report(new LumenProgress(LumenStage.Opening, done, Parts));
    }

    /// <summary>The base.</summary>
    public DiffusionModel Model { get; }

    /// <summary>The adapter that reads layouts, or null.</summary>
    public LayoutAdapter? Layouts { get; private set; }

    /// <summary>The adapter that reads pictures of a condition, or null.</summary>
    public ControlNetAdapter? Conditions { get; private set; }

    /// <summary>Name and weights hash of the adapter, or null.</summary>
    public (string Name, string Hash)? Adapter { get; private set; }

    /// <summary>The adapter in words.</summary>
    public string Described => Adapter is var (name, _) ? $"the adapter {name}" : "no adapter";

    /// <summary>Measures prompt obedience, or null.</summary>
    public ObedienceEvaluator? Obedience { get; }

    /// <summary>Threads of a call of the model.</summary>
    public int Threads { get; }

    /// <summary>Everything together.</summary>
    public ImageGenerator Generator { get; }

    /// <summary>Opens a folder, a file, or a model of the hub's cache.</summary>
    /// <exception cref="LumenException">A part is missing or does not fit, or an option cannot be used.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public static OpenedModel Open(string model, LumenOptions options, IProgress<LumenProgress>? progress, CancellationToken stop) =>
        new(Located(model, options.CacheFolder), options, progress, stop);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in Enumerable.Reverse(_owned))
            part.Dispose();
    }

    private static string Located(string model, string? cache) =>
        cache is null || Path.Exists(model) || HubId.Parse(model) is not { } id
            ? model
            : new HubCache(cache).Find(id) ?? throw new HubCache(cache).Missing(id);

    private void Open(string folder, string? weights, Placement placement, CancellationToken stop)
    {
        if (File.Exists(Path.Combine(folder, "lumen", "layout.json")))
        {
            var backbone = weights is null
                ? null
                : Owned(VisionBackboneFile.Open(weights, placement, registry: Model.Registry, stop: stop));
            Layouts = Owned(LayoutAdapter.Load(folder, Model, backbone, stop));
            Adapter = (Layouts.Name, Layouts.WeightsHash);
            return;
        }
        Conditions = Owned(ControlNetAdapter.Load(folder, Model, stop));
        Adapter = (Conditions.Name, Conditions.WeightsHash);
        if (weights is not null)
            throw new LumenException(
                LumenErrorKind.Option,
                $"`BackboneWeights` are for an adapter that reads layouts with them, but {Conditions.Name} reads pictures. Leave them out."
            );
    }

    private T Owned<T>(T part)
        where T : IDisposable
    {
        _owned.Add(part);
        return part;
    }
}
