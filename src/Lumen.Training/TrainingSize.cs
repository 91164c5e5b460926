using System.Globalization;

namespace Lumen.Training;

/// <summary>What a run needs of memory and disk.</summary>
/// <param name="Parameters">Trained values.</param>
/// <param name="MemoryBytes">Peak of the process: what a trial took, and what the cache holds in memory.</param>
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
