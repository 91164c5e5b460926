using System.Text;
using System.Text.Json;
using Lumen.Files;
using Lumen.Studio.Storage;

namespace Lumen.Studio.Jobs;

/// <summary>Jobs in the data base, so that a restart finds them.</summary>
internal sealed class JobTable(StudioDatabase database)
{
    private const int Kept = 500;

    /// <summary>Writes a new job.</summary>
    public void Insert(Job job) =>
        database.Do(
            "insert into jobs (id, client, state, place, request, created) values ($0, $1, $2, $3, $4, $5)",
            job.Id,
            job.Client,
            nameof(JobState.Waiting),
            job.Place,
            JsonSerializer.Serialize(job.Request, JobRequest.Json),
            StudioStore.Stamp(job.Created)
        );

    /// <summary>Writes how a job stands.</summary>
    public void Update(Job job)
    {
        var status = job.Status;
        database.Do(
            "update jobs set state = $1, place = $2, ended = $3, fault = $4, done = $5, total = $6 where id = $0",
            job.Id,
            status.State.ToString(),
            job.Place,
            status.Ended is { } ended ? StudioStore.Stamp(ended) : null,
            status.Fault,
            status.Done,
            status.Total
        );
    }

    /// <summary>The jobs of the last run, the oldest first: what ran then is marked, what was over long ago forgotten.</summary>
    /// <param name="store">Holds their pictures.</param>
    public IReadOnlyList<Job> Read(StudioStore store)
    {
        database.Do(
            "update jobs set state = $0, fault = $1 where state = $2",
            nameof(JobState.Interrupted),
            "The studio ended while this was computed. Finished pictures are in the history; queue it again for the rest.",
            nameof(JobState.Running)
        );
        database.Do(
            "delete from jobs where state <> $0 and id not in (select id from jobs order by rowid desc limit $1)",
            nameof(JobState.Waiting),
            Kept
        );
        return database.Read("select * from jobs order by rowid", row => Read(row)).Select(job => WithPictures(job, store)).ToList();
    }

    private static Job Read(StudioDatabase.Row row)
    {
        var request = JsonFile.Parse(Encoding.UTF8.GetBytes(row.Text("request")), "The stored job").As<JobRequest>(JobRequest.Json);
        var job = new Job(row.Text("id"), row.Text("client"), request, row.Time("created")) { Place = row.Whole("place") };
        job.Change(status =>
            status with
            {
                State = Enum.Parse<JobState>(row.Text("state")),
                Done = row.Int("done"),
                Total = row.Int("total"),
                Ended = row.OptionalTime("ended"),
                Fault = row.OptionalText("fault"),
            }
        );
        return job;
    }

    private static Job WithPictures(Job job, StudioStore store)
    {
        if (job.Status.State != JobState.Waiting)
            job.Change(status => status with { Pictures = [.. store.PicturesOf(job.Id)] });
        return job;
    }
}
