using Lumen.Files;
using Lumen.Pretrained;

namespace Lumen.Studio;

/// <summary>The model that the studio holds open. It is opened once, while the page can already be looked at.</summary>
internal sealed class StudioModel(StudioOptions options) : IAsyncDisposable
{
    private readonly CancellationTokenSource _closing = new();
    private Task<LumenPipeline>? _pipeline;

    /// <summary>Begins to open it.</summary>
    /// <returns>Ends when it is open, or with what is wrong with it.</returns>
    public Task<LumenPipeline> Open() =>
        _pipeline ??= Task.Run(() => LumenPipeline.OpenAsync(options.Model, options.Pipeline, stop: _closing.Token));

    /// <summary>The pipeline, once it is open.</summary>
    public Task<LumenPipeline> Pipeline(CancellationToken stop) => Open().WaitAsync(stop);

    /// <summary>The pipeline if it is open, otherwise null.</summary>
    public LumenPipeline? Opened => _pipeline is { IsCompletedSuccessfully: true } pipeline ? pipeline.Result : null;

    /// <summary>Name of the model's folder or file.</summary>
    public string Name => Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(RealPath.Of(options.Model)));

    /// <summary>What the files of the model and of its adapter are; reads names and shapes only.</summary>
    /// <exception cref="LumenException">A file cannot be read.</exception>
    public IReadOnlyList<ModelReport> Reports()
    {
        var adapter = options.Pipeline.Adapter ?? Path.Combine(options.Model, "controlnet");
        return
        [
            .. new[] { options.Model, adapter }.Where(Path.Exists).Select(path => ModelInspector.Inspect(path, options.Pipeline.ModelFile)),
        ];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_pipeline is { } opening)
        {
            await Task.WhenAny(opening).ConfigureAwait(false);
            if (opening.IsCompletedSuccessfully)
                await opening.Result.DisposeAsync().ConfigureAwait(false);
        }
        _closing.Dispose();
    }
}
