using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Lumen.Studio.Storage;

namespace Lumen.Studio.Jobs;

/// <summary>Where a job is in its life.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JobState>))]
internal enum JobState
{
    /// <summary>It waits for its turn.</summary>
    [JsonStringEnumMemberName("waiting")]
    Waiting,

    /// <summary>It is being computed.</summary>
    [JsonStringEnumMemberName("running")]
    Running,

    /// <summary>All of it is there.</summary>
    [JsonStringEnumMemberName("done")]
    Done,

    /// <summary>It ended with a fault.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>Somebody stopped it; pictures that were finished stay.</summary>
    [JsonStringEnumMemberName("stopped")]
    Stopped,

    /// <summary>The studio ended while it ran.</summary>
    [JsonStringEnumMemberName("interrupted")]
    Interrupted,
}

/// <summary>How a job stands: plain data that never changes.</summary>
internal sealed record JobStatus
{
    public JobState State { get; init; }

    /// <summary>Denoising steps that are done.</summary>
    public int Done { get; init; }

    /// <summary>Denoising steps in all, 0 where that is not known yet.</summary>
    public int Total { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Ended { get; init; }

    /// <summary>Why it failed, in whole sentences.</summary>
    public string? Fault { get; init; }

    /// <summary>What has come of it, in words.</summary>
    public string? Report { get; init; }

    /// <summary>What is being done, in words.</summary>
    public string? Note { get; init; }

    /// <summary>The pictures that are finished.</summary>
    public ImmutableList<StoredPicture> Pictures { get; init; } = [];

    /// <summary>The step that <see cref="Preview"/> shows; 0 for none.</summary>
    public int PreviewStep { get; init; }

    /// <summary>The pictures of the pass as they are after that step: PNG files.</summary>
    public ImmutableList<byte[]> Preview { get; init; } = [];

    /// <summary>Whether nothing more happens.</summary>
    public bool IsOver => State is not (JobState.Waiting or JobState.Running);
}

/// <summary>A job. Everything that changes is in <see cref="Status"/>, which is exchanged as a whole.</summary>
/// <param name="id">16 hexadecimal digits.</param>
/// <param name="client">Who asked for it.</param>
/// <param name="request">What it is to do.</param>
/// <param name="created">When it came.</param>
internal sealed class Job(string id, string client, JobRequest request, DateTimeOffset created)
{
    private JobStatus _status = new();
    private int _watchers;

    public string Id => id;

    public string Client => client;

    public JobRequest Request => request;

    public DateTimeOffset Created => created;

    /// <summary>How it stands.</summary>
    public JobStatus Status => Volatile.Read(ref _status);

    /// <summary>Its place among the waiting jobs of its client; smaller comes first.</summary>
    public long Place { get; set; }

    /// <summary>Stops it.</summary>
    public CancellationTokenSource Stopping { get; } = new();

    /// <summary>Whether anybody looks at it: previews are decoded only then.</summary>
    public bool IsWatched => Volatile.Read(ref _watchers) > 0;

    /// <summary>Notes that somebody looks at it, until the result is disposed.</summary>
    public IDisposable Watch() => new Watching(this);

    /// <summary>Exchanges the status.</summary>
    public void Change(Func<JobStatus, JobStatus> change)
    {
        JobStatus before,
            after;
        do
        {
            before = Status;
            after = change(before);
        } while (Interlocked.CompareExchange(ref _status, after, before) != before);
    }

    /// <summary>Seconds that it will still take, by the steps that are done; null where nobody knows yet.</summary>
    public double? SecondsLeft(DateTimeOffset now) =>
        Status is { State: JobState.Running, Started: { } started, Done: > 0, Total: > 0 } status
            ? (now - started).TotalSeconds / status.Done * (status.Total - status.Done)
            : null;

    private sealed class Watching : IDisposable
    {
        private readonly Job _job;
        private int _over;

        public Watching(Job job)
        {
            _job = job;
            Interlocked.Increment(ref job._watchers);
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _over, 1) == 0)
                Interlocked.Decrement(ref _job._watchers);
        }
    }
}
