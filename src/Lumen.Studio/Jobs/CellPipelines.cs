namespace Lumen.Studio.Jobs;

/// <summary>
/// The pipelines of one job whose cells are steered by several adapters. The model is opened again for each that is not its own, and
/// closed with the job; a large model with one at a time.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="own">With its own adapter; it stays open.</param>
internal sealed class CellPipelines(StudioModel model, LumenPipeline own) : IAsyncDisposable
{
    private readonly Dictionary<string, LumenPipeline> _others = new(StringComparer.Ordinal);

    /// <summary>The pipeline that a cell is computed with.</summary>
    /// <param name="adapter">Its name; null for the model's own.</param>
    /// <param name="stop">Stops opening it.</param>
    /// <exception cref="LumenException">There is no such adapter, or it does not fit the model.</exception>
    public async Task<LumenPipeline> Of(string? adapter, CancellationToken stop)
    {
        if (adapter is null || adapter == model.Adapters.Own)
            return own;
        if (_others.TryGetValue(adapter, out var known))
            return known;
        if (!model.IsSmall)
            await DisposeAsync().ConfigureAwait(false);
        return _others[adapter] = await model.OpenWith(adapter, stop).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var other in _others.Values)
            await other.DisposeAsync().ConfigureAwait(false);
        _others.Clear();
    }
}
