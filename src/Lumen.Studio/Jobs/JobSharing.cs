namespace Lumen.Studio.Jobs;

/// <summary>How waiting jobs of several clients are computed together.</summary>
/// <param name="Room">Jobs that may be computed with a job, itself included; 1 for none.</param>
/// <param name="CanShare">Whether another job can be computed with it.</param>
/// <param name="Run">
/// Computes jobs in a lane and calls back for each that is finished; a job that is stopped costs the others nothing.
/// </param>
internal sealed record JobSharing(
    Func<Job, int> Room,
    Func<Job, Job, bool> CanShare,
    Func<IReadOnlyList<Job>, int, Action<Job>, CancellationToken, Task> Run
);
