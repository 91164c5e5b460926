namespace Lumen.Augmentation;

/// <summary>
/// New pictures that wait for company: those of one padded size and strength can share a pass. Which ones meet in a pass changes nothing in
/// their bytes.
/// </summary>
/// <param name="slots">How many of a kind share a pass.</param>
/// <param name="strength">The strength of an attempt.</param>
internal sealed class AttemptQueue(Func<OpenVariant, int> slots, Func<int, double> strength)
{
    private readonly Dictionary<(int, int, double), Queue<OpenVariant>> _waiting = [];

    /// <summary>Everything that waits.</summary>
    public IEnumerable<OpenVariant> Waiting => _waiting.Values.SelectMany(queue => queue);

    /// <summary>Adds one.</summary>
    public void Add(OpenVariant variant)
    {
        var key = (variant.Source.Picture.Padded.Width, variant.Source.Picture.Padded.Height, strength(variant.Attempt));
        if (!_waiting.TryGetValue(key, out var queue))
            _waiting[key] = queue = new Queue<OpenVariant>();
        queue.Enqueue(variant);
    }

    /// <summary>A full pass, or null where no kind fills one.</summary>
    public IReadOnlyList<OpenVariant>? TakeFull() =>
        _waiting.Values.FirstOrDefault(queue => queue.Count > 0 && queue.Count >= slots(queue.Peek())) is { } queue ? Take(queue) : null;

    /// <summary>What is left of some kind, or null where nothing waits.</summary>
    public IReadOnlyList<OpenVariant>? TakeRest() =>
        _waiting.Values.FirstOrDefault(queue => queue.Count > 0) is { } queue ? Take(queue) : null;

    private IReadOnlyList<OpenVariant> Take(Queue<OpenVariant> queue)
    {
        var taken = new List<OpenVariant>();
        for (var count = slots(queue.Peek()); count > 0 && queue.TryDequeue(out var one); count--)
            taken.Add(one);
        return taken;
    }
}
