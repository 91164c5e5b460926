using System.Diagnostics;
using Lumen.Generation;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Lumen.Extensions.AI;

/// <summary>What a program says about the model that it generates with.</summary>
public sealed class LumenServiceOptions
{
    /// <summary>A diffusers folder, a <c>.safetensors</c> file, or with a cache folder a name in the hub's cache.</summary>
    public string Model { get; set; } = "";

    /// <summary>Device, adapter and the like.</summary>
    public LumenOptions Opening { get; set; } = new();

    /// <summary>What requests have that do not say otherwise.</summary>
    public GenerationOptions Generation { get; set; } = new();
}

/// <summary>
/// The one model of a program, opened when it is first asked for and closed with the program. Opening goes on when the caller that began it
/// gives up, and is tried again after a fault.
/// </summary>
public sealed partial class LumenService : IAsyncDisposable, IDisposable
{
    private readonly Lock _opening = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly ILogger<LumenService> _logger;
    private readonly LumenServiceOptions _options;
    private Task<LumenPipeline>? _pipeline;

    /// <param name="options">Which model, and how.</param>
    /// <param name="logger">Where opening is logged.</param>
    public LumenService(IOptions<LumenServiceOptions> options, ILogger<LumenService> logger) =>
        (_options, _logger) = (options.Value, logger);

    /// <summary>What requests have that do not say otherwise.</summary>
    public GenerationOptions Generation => _options.Generation;

    /// <summary>The model; the first call opens it.</summary>
    /// <param name="stop">Ends the waiting.</param>
    /// <returns>It stays the service's; do not dispose it.</returns>
    /// <exception cref="LumenException">It cannot be opened.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    /// <exception cref="ObjectDisposedException">The service was closed.</exception>
    public Task<LumenPipeline> OpenAsync(CancellationToken stop = default)
    {
        lock (_opening)
        {
            ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
            if (_pipeline is null or { IsFaulted: true })
                _pipeline = Open();
            return _pipeline.WaitAsync(stop);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        Task<LumenPipeline>? pipeline;
        lock (_opening)
            pipeline = _pipeline;
        if (pipeline is null)
            return;
        await ((Task)pipeline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (pipeline.IsCompletedSuccessfully)
            await pipeline.Result.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task<LumenPipeline> Open()
    {
        if (string.IsNullOrWhiteSpace(_options.Model))
            throw new LumenException(
                LumenErrorKind.Option,
                "No model was named. Give `Model` of the options a diffusers folder, as in AddLumen(\"models/street-tiny\")."
            );
        var began = Stopwatch.GetTimestamp();
        var pipeline = await LumenPipeline.OpenAsync(_options.Model, _options.Opening, stop: _closing.Token).ConfigureAwait(false);
        Opened(_logger, pipeline.Model, pipeline.Adapter ?? "none", Stopwatch.GetElapsedTime(began).TotalSeconds);
        return pipeline;
    }

    [LoggerMessage(1, LogLevel.Information, "Opened {Model} with adapter {Adapter} in {Seconds:0.0} s")]
    private static partial void Opened(ILogger logger, string model, string adapter, double seconds);
}
