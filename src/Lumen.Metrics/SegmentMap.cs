namespace Lumen.Metrics;

/// <summary>Segments of one picture: things one by one, stuff as one segment a class.</summary>
public sealed class SegmentMap
{
    private readonly Dictionary<int, int> _areas = [];

    /// <summary>A checked map.</summary>
    /// <param name="ids">[H, W] flattened; 0 is void (no segment).</param>
    /// <param name="classes">Class of each id.</param>
    /// <exception cref="LumenException">An id has no class.</exception>
    public SegmentMap(ReadOnlyMemory<ushort> ids, IReadOnlyDictionary<int, int> classes)
    {
        (Ids, Classes) = (ids, classes);
        foreach (var id in ids.Span)
            _areas[id] = _areas.GetValueOrDefault(id) + 1;
        foreach (var id in _areas.Keys.Where(id => id != 0 && !classes.ContainsKey(id)))
            throw new LumenException($"Segment {id} has {_areas[id]} pixels but no class. Every id except 0 (void) needs one.");
    }

    /// <summary>[H, W] flattened; 0 is void.</summary>
    public ReadOnlyMemory<ushort> Ids { get; }

    /// <summary>Class of each id.</summary>
    public IReadOnlyDictionary<int, int> Classes { get; }

    /// <summary>Ids that have pixels, void not among them, ascending.</summary>
    public IEnumerable<int> Segments => _areas.Keys.Where(id => id != 0).Order();

    /// <summary>Pixels of a segment.</summary>
    public int Area(int id) => _areas.GetValueOrDefault(id);
}
