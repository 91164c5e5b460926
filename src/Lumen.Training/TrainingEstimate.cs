namespace Lumen.Training;

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
