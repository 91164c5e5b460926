using System.Diagnostics;

namespace Lumen.Training;

/// <summary>What a trial of the preparations took, by kind: seconds and bytes a picture.</summary>
/// <param name="pictures">At most so many training pictures are used.</param>
internal sealed class TrialTimes(int pictures)
{
    private readonly Dictionary<string, (double Seconds, int Count, double Bytes)> _kinds = new(StringComparer.Ordinal);

    /// <summary>At most so many training pictures are used.</summary>
    public int Pictures => pictures;

    /// <summary>Does something with some pictures and notes how long it took.</summary>
    public T Measure<T>(string kind, int count, Func<T> work)
    {
        var watch = Stopwatch.StartNew();
        var made = work();
        var (seconds, before, bytes) = _kinds.GetValueOrDefault(kind);
        _kinds[kind] = (seconds + watch.Elapsed.TotalSeconds, before + count, bytes);
        return made;
    }

    /// <summary>Notes what a picture takes in the cache.</summary>
    public void Store(string kind, double bytes) => _kinds[kind] = _kinds.GetValueOrDefault(kind) with { Bytes = bytes };

    /// <summary>Kinds in the order in which they were made.</summary>
    public IEnumerable<string> Kinds => _kinds.Keys;

    /// <summary>Seconds a picture.</summary>
    public double SecondsOf(string kind) => _kinds.TryGetValue(kind, out var one) && one.Count > 0 ? one.Seconds / one.Count : 0;

    /// <summary>Bytes a picture.</summary>
    public double BytesOf(string kind) => _kinds.GetValueOrDefault(kind).Bytes;

    /// <summary>Forgets everything.</summary>
    public void Clear() => _kinds.Clear();
}
