using Lumen.Files;
using Lumen.Pretrained;
using Lumen.Studio.Runs;

namespace Lumen.Studio;

/// <summary>
/// The model that the studio holds open. It is opened while the page can already be looked at; where it is small, a second time once two
/// jobs want to be computed, since a picture of a small model takes one core whatever there is.
/// </summary>
internal sealed class StudioModel : IAsyncDisposable
{
    private const long Small = 300 << 20; // bytes of weights
    private const int OtherAdapters = 3; // that stay open with a small model
    private readonly AdapterPipelines _others;
    private readonly StudioOptions _options;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _lock = new();
    private readonly Task<LumenPipeline>?[] _pipelines;

    /// <param name="options">Which model, and how many jobs are computed at once.</param>
    /// <param name="trainings">Adapters that were trained here.</param>
    public StudioModel(StudioOptions options, TrainingFolder trainings)
    {
        _options = options;
        Adapters = new AdapterLibrary(options, trainings);
        var isOnProcessor = options.Pipeline.Device is null or "cpu";
        var lanes = options.Lanes ?? (isOnProcessor && Environment.ProcessorCount > 1 && IsSmall ? 2 : 1);
        _pipelines = new Task<LumenPipeline>?[Math.Max(1, lanes)];
        _others = new AdapterPipelines(IsSmall ? OtherAdapters : 1, OpenWith);
    }

    /// <summary>What pictures can be steered by.</summary>
    public AdapterLibrary Adapters { get; }

    /// <summary>Whether it is small enough to be opened more than once.</summary>
    public bool IsSmall => Bytes(_options.Model) < Small;

    /// <summary>Jobs that are computed at once.</summary>
    public int Lanes => _pipelines.Length;

    /// <summary>Begins to open it.</summary>
    /// <returns>Ends when it is open, or with what is wrong with it.</returns>
    public Task<LumenPipeline> Open() => Open(0);

    /// <summary>The pipeline, once it is open.</summary>
    public Task<LumenPipeline> Pipeline(CancellationToken stop) => Open(0).WaitAsync(stop);

    /// <summary>The pipeline of a lane; where it cannot be opened a second time, that of the first, which serves both in turn.</summary>
    /// <param name="lane">0 to <see cref="Lanes"/> - 1.</param>
    /// <param name="stop">Stops waiting for it.</param>
    public async Task<LumenPipeline> Pipeline(int lane, CancellationToken stop)
    {
        try
        {
            return await Open(lane).WaitAsync(stop).ConfigureAwait(false);
        }
        catch (LumenException) when (lane > 0)
        {
            return await Pipeline(stop).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// The model opened with another adapter, until the lease is disposed; those that were used last stay open.
    /// </summary>
    /// <param name="adapter">Its name.</param>
    /// <param name="stop">Stops waiting for it.</param>
    /// <exception cref="LumenException">There is no such adapter, or it does not fit the model.</exception>
    public Task<AdapterPipelines.Lease> Take(string adapter, CancellationToken stop) =>
        _others.Take(adapter, Adapters.PathOf(adapter), stop);

    /// <summary>Adapters besides the model's own that are open just now.</summary>
    public IReadOnlyList<string> OpenAdapters => _others.Open;

    /// <summary>The pipeline if it is open, otherwise null.</summary>
    public LumenPipeline? Opened => _pipelines[0] is { IsCompletedSuccessfully: true } pipeline ? pipeline.Result : null;

    /// <summary>Name of the model's folder or file.</summary>
    public string Name => Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(RealPath.Of(_options.Model)));

    /// <summary>What the files of the model and of its adapter are; reads names and shapes only.</summary>
    /// <exception cref="LumenException">A file cannot be read.</exception>
    public IReadOnlyList<ModelReport> Reports()
    {
        var adapter = _options.Pipeline.Adapter ?? Path.Combine(_options.Model, "controlnet");
        return
        [
            .. new[] { _options.Model, adapter }
                .Where(Path.Exists)
                .Select(path => ModelInspector.Inspect(path, _options.Pipeline.ModelFile)),
        ];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        foreach (var opening in _pipelines.OfType<Task<LumenPipeline>>())
        {
            await Task.WhenAny(opening).ConfigureAwait(false);
            if (opening.IsCompletedSuccessfully)
                await opening.Result.DisposeAsync().ConfigureAwait(false);
        }
        await _others.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    private Task<LumenPipeline> OpenWith(string adapter) =>
        LumenPipeline.OpenAsync(
            _options.Model,
            _options.Pipeline with
            {
                Adapter = Adapters.PathOf(adapter),
                BackboneWeights = null,
            },
            stop: _closing.Token
        );

    private Task<LumenPipeline> Open(int lane)
    {
        lock (_lock)
            return _pipelines[lane] ??= Task.Run(() => LumenPipeline.OpenAsync(_options.Model, _options.Pipeline, stop: _closing.Token));
    }

    // A name in the hub's cache, which is no path, counts as large.
    private static long Bytes(string model) =>
        File.Exists(model) ? new FileInfo(RealPath.Of(model)).Length
        : Directory.Exists(model)
            ? Directory.EnumerateFiles(model, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(RealPath.Of(file)).Length)
        : long.MaxValue;
}
