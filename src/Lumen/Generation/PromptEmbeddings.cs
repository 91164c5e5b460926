using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>
/// Embeddings of prompts, each computed once and on its own, so that its numbers do not depend on the other prompts of a batch. Brackets in
/// prompts are emphasis. The oldest go when there are too many.
/// </summary>
/// <param name="model">Its text encoder; it stays the caller's.</param>
/// <param name="capacity">Prompts that are kept.</param>
public sealed class PromptEmbeddings(DiffusionModel model, int capacity = 128) : IDisposable
{
    private readonly Dictionary<string, Tensor> _known = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private readonly Lock _using = new();

    /// <summary>Number of prompts that are kept now.</summary>
    public int Count => _known.Count;

    /// <summary>The embeddings of some prompts, in their order.</summary>
    /// <returns>[B, T, D] float32; the caller disposes it.</returns>
    public Tensor Of(IReadOnlyList<string> prompts)
    {
        using var held = _using.EnterScope(); // several passes may ask at once
        using var scope = NewDisposeScope();
        var rows = new Dictionary<string, Tensor>(StringComparer.Ordinal); // those of this batch outlive their place among the kept ones
        foreach (var prompt in prompts.Distinct(StringComparer.Ordinal))
            rows[prompt] = Row(prompt);
        return cat([.. prompts.Select(prompt => rows[prompt])]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var row in _known.Values)
            row.Dispose();
        _known.Clear();
        _order.Clear();
    }

    // [1, T, D], of the open scope.
    private Tensor Row(string prompt)
    {
        if (_known.TryGetValue(prompt, out var row))
            return row.alias();
        row = model.EmbedWeighted(prompt).DetachFromDisposeScope();
        while (_order.Count >= capacity && _order.TryDequeue(out var oldest))
            if (_known.Remove(oldest, out var old))
                old.Dispose();
        _known[prompt] = row;
        _order.Enqueue(prompt);
        return row.alias();
    }
}
