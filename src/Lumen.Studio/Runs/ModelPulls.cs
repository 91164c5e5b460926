using Lumen.Hub;
using Lumen.Pretrained;
using Lumen.Studio.Safety;

namespace Lumen.Studio.Runs;

/// <summary>A model that is being fetched from the hub, or was: plain data that never changes.</summary>
/// <param name="Id">The model, as it was asked for.</param>
/// <param name="State">Where it is.</param>
/// <param name="File">The file at work.</param>
/// <param name="Done">Bytes that are here.</param>
/// <param name="Total">Bytes in all; 0 where that is not known yet.</param>
/// <param name="Fault">Why it failed, in whole sentences.</param>
internal sealed record ModelPull(string Id, PullState State, string File, long Done, long Total, string? Fault);

/// <summary>Where a pull is.</summary>
internal enum PullState
{
    /// <summary>Files come.</summary>
    Running,

    /// <summary>All of it is in the cache.</summary>
    Done,

    /// <summary>It ended with a fault; what has come is kept.</summary>
    Failed,

    /// <summary>Somebody stopped it; what has come is kept.</summary>
    Stopped,
}

/// <summary>
/// Fetches models from the hub into its cache, one at a time, when a person asks for it: the only connections that the studio opens, to the
/// address that it was started with.
/// </summary>
/// <param name="options">Where from and where to; null: nothing is fetched.</param>
/// <param name="log">Told of faults.</param>
internal sealed class ModelPulls(HubOptions? options, Action<string> log) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private ModelPull? _last;
    private CancellationTokenSource? _stopping;
    private Task _running = Task.CompletedTask;

    /// <summary>A pull has gone on or is over; called on any thread.</summary>
    public event Action? Changed;

    /// <summary>The one that runs, or the last one; null before the first.</summary>
    public ModelPull? Last => Volatile.Read(ref _last);

    /// <summary>Whether models can be fetched.</summary>
    public bool IsGiven => options is not null;

    /// <summary>Begins to fetch a model.</summary>
    /// <param name="id"><c>ORG/NAME</c> or <c>ORG/NAME@REVISION</c>.</param>
    /// <param name="variant">Form of the weights that is preferred, such as <c>fp16</c>; null for the plain one.</param>
    /// <exception cref="LumenException">It is no name, or the studio was started without a hub.</exception>
    /// <exception cref="LimitException">Another one is being fetched.</exception>
    public ModelPull Start(string id, string? variant)
    {
        var (hub, model) = (Hub(), Parsed(id));
        ModelPull pull;
        lock (_lock)
        {
            if (_last is { State: PullState.Running } running)
                throw new LimitException($"{running.Id} is being fetched; there is one at a time. Stop it, or wait.");
            _stopping?.Dispose();
            _stopping = new CancellationTokenSource();
            _last = pull = new ModelPull(model.ToString(), PullState.Running, "", 0, 0, null);
            _running = Run(hub, model, variant, _stopping.Token);
        }
        Changed?.Invoke();
        return pull;
    }

    /// <summary>Stops what is being fetched; what has come is kept for the next time.</summary>
    public void Stop()
    {
        lock (_lock)
            _stopping?.Cancel();
    }

    /// <summary>What the files of a model in the hub's cache are; reads names and shapes only.</summary>
    /// <exception cref="LumenException">It is not in the cache, or a file cannot be read.</exception>
    public ModelReport Inspect(string id)
    {
        var (cache, model) = (new HubCache(Hub().CacheFolder), Parsed(id));
        return ModelInspector.Inspect(cache.Find(model) ?? throw new MissingException($"{model} is not in the hub's cache."));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Stop();
        await _running.ConfigureAwait(false);
        _stopping?.Dispose();
    }

    private HubOptions Hub() =>
        options ?? throw new LumenException(LumenErrorKind.Option, "This studio was started without a hub, so nothing is fetched from it.");

    private static HubId Parsed(string id) =>
        HubId.Parse(id)
        ?? throw new LumenException(
            LumenErrorKind.Option,
            "This is not the name of a model of the hub. Give ORG/NAME or ORG/NAME@REVISION."
        );

    private async Task Run(HubOptions hub, HubId model, string? variant, CancellationToken stop)
    {
        await Task.Yield();
        var (state, fault) = (PullState.Done, (string?)null);
        try
        {
            await new ModelHub(hub).Pull(model, new PullOptions { Variant = variant }, new Progress(this), stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            state = PullState.Stopped;
        }
        catch (LumenException error)
        {
            (state, fault) = (PullState.Failed, error.Message);
        }
        catch (Exception error) // among them a time limit of the connection, which comes as a cancellation
        {
            (state, fault) = (PullState.Failed, FaultSentence.Of(error));
            log($"Fetching {model} failed: {error}");
        }
        Change(pull => pull with { State = state, Fault = fault });
    }

    private void Change(Func<ModelPull, ModelPull> change)
    {
        lock (_lock)
            _last = change(_last!);
        Changed?.Invoke();
    }

    private sealed class Progress(ModelPulls pulls) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) =>
            pulls.Change(pull => pull with { File = value.File, Done = value.Done, Total = value.Total });
    }
}
