using Lumen.Models.Denoising;

namespace Lumen.Generation;

/// <summary>Which steps compute the whole denoiser, and the deep features that the steps between take over (DeepCache).</summary>
/// <param name="interval">Every so many steps; 1 computes all.</param>
internal sealed class StepCache(int interval) : IDisposable
{
    private readonly Dictionary<(int Tile, bool Controls), DeepFeatures> _kept = [];
    private (int Call, StepGuidance Guidance)? _whole;
    private bool _isWhole = true;

    /// <summary>Begins a step: a whole one where the interval is over or other branches are led than in the last whole one.</summary>
    public void Begin(int call, StepGuidance guidance)
    {
        _isWhole = _whole is not { } last || last.Guidance != guidance || call - last.Call >= interval;
        if (_isWhole)
            _whole = (call, guidance);
    }

    /// <summary>Where the denoiser's features are kept, or null where nothing takes them over.</summary>
    /// <param name="tile">First tile of the batch; 0 without tiles.</param>
    /// <param name="controls">Whether the adapter acts in this call.</param>
    public DeepFeatures? For(int tile, bool controls)
    {
        if (interval == 1)
            return null;
        if (!_kept.TryGetValue((tile, controls), out var deep))
            _kept[(tile, controls)] = deep = new DeepFeatures();
        if (_isWhole)
            deep.Dispose(); // what an earlier step left
        return deep;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var deep in _kept.Values)
            deep.Dispose();
    }
}
