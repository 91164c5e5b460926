using System.Diagnostics;
using System.Globalization;

namespace Lumen.Training;

/// <summary>What a run will take, measured on a handful of its pictures before anything is rendered, cached or trained.</summary>
/// <param name="Preparation">What is made first, in words, and how long each takes.</param>
/// <param name="Steps">Optimiser steps that are left.</param>
/// <param name="Step">How long one takes.</param>
/// <param name="Validation">Figures and previews on the way, all together.</param>
/// <param name="Size">What it needs.</param>
public sealed record TrainingForecast(
    IReadOnlyList<(string What, TimeSpan Time)> Preparation,
    long Steps,
    TimeSpan Step,
    TimeSpan Validation,
    TrainingSize Size
)
{
    /// <summary>All of it.</summary>
    public TimeSpan Time => TimeSpan.FromTicks(Preparation.Sum(part => part.Time.Ticks)) + Step * Steps + Validation;

    public override string ToString()
    {
        var preparing = TimeSpan.FromTicks(Preparation.Sum(part => part.Time.Ticks));
        var parts = string.Join(", ", Preparation.Select(part => $"{part.What} {Words(part.Time)}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"about {Words(Time)}: {(parts.Length > 0 ? $"{Words(preparing)} to prepare ({parts})" : "nothing to prepare")}, "
                + $"{Words(Step * Steps)} for {Steps} steps, {Words(Validation)} for validation; {Size}"
        );
    }

    private static string Words(TimeSpan time) =>
        time.TotalHours >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.0} h")
        : time.TotalMinutes >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, time.TotalSeconds):0} s");
}

/// <summary>What a run needs of memory and disk.</summary>
/// <param name="Parameters">Trained values.</param>
/// <param name="MemoryBytes">Peak of the process in a trial.</param>
/// <param name="CheckpointBytes">Checkpoints that are kept, and the one that is being written.</param>
/// <param name="CacheBytes">Pictures, latents and conditions in the cache folder.</param>
public sealed record TrainingSize(long Parameters, long MemoryBytes, long CheckpointBytes, long CacheBytes)
{
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Parameters / 1e6:0.0} M parameters, {MemoryBytes / 1e9:0.0} GB of memory, {CheckpointBytes / 1e9:0.00} GB of disk "
                + $"for checkpoints and {CacheBytes / 1e9:0.00} GB for the cache"
        );
}

/// <summary>What a run will take, measured by a rehearsal of its first steps with these very sizes.</summary>
/// <param name="Parameters">Trained values.</param>
/// <param name="Time">From here to the last step, without validation.</param>
/// <param name="MemoryBytes">Peak of the process during the rehearsal.</param>
/// <param name="DiskBytes">Checkpoints that are kept.</param>
public sealed record TrainingEstimate(long Parameters, TimeSpan Time, long MemoryBytes, long DiskBytes)
{
    public override string ToString() =>
        $"{Parameters / 1e6:0.0} M parameters; about {Time.TotalHours:0.0} h ({Time.TotalMinutes:0} min), {MemoryBytes / 1e9:0.0} "
        + $"GB of memory, {DiskBytes / 1e9:0.0} GB of disk for checkpoints";
}

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

    /// <summary>Bytes that the cache lacks of all pictures.</summary>
    public double LackingBytes { get; set; }

    /// <summary>Kinds in the order in which they were made.</summary>
    public IEnumerable<string> Kinds => _kinds.Keys;

    /// <summary>Seconds a picture.</summary>
    public double SecondsOf(string kind) => _kinds.TryGetValue(kind, out var one) && one.Count > 0 ? one.Seconds / one.Count : 0;

    /// <summary>Bytes a picture.</summary>
    public double BytesOf(string kind) => _kinds.GetValueOrDefault(kind).Bytes;

    /// <summary>Forgets everything.</summary>
    public void Clear() => _kinds.Clear();
}
