using System.Globalization;
using Lumen.Core.Tensors;

namespace Lumen.Cli;

/// <summary>
/// How this process was started: alone, or as one of several by <c>mpirun</c> or <c>srun</c>, which say so in the environment.
/// </summary>
/// <param name="Rank">This process, 0...</param>
/// <param name="Size">Processes of the job; 0 where the launcher does not say.</param>
/// <param name="LocalRank">This process among those on its machine, 0...</param>
internal sealed record JobLaunch(int Rank, int Size, int LocalRank)
{
    private const string Cuda = "cuda";

    /// <summary>A process on its own.</summary>
    public static JobLaunch Alone { get; } = new(0, 1, 0);

    /// <summary>Processes that <c>srun</c> started without MPI: each would do all of the work; 1 where there are none.</summary>
    public int Strangers { get; private init; } = 1;

    /// <summary>Whether MPI has to be asked for the others.</summary>
    public bool IsShared => Size != 1;

    /// <summary>That of this process.</summary>
    public static JobLaunch Here() => Of(Environment.GetEnvironmentVariable);

    /// <summary>What variables of the environment say.</summary>
    /// <param name="variable">Value of a variable, or null.</param>
    public static JobLaunch Of(Func<string, string?> variable)
    {
        if (Number("OMPI_COMM_WORLD_SIZE") is { } size)
            return new JobLaunch(Number("OMPI_COMM_WORLD_RANK") ?? 0, size, Number("OMPI_COMM_WORLD_LOCAL_RANK") ?? 0);
        var (local, steps) = (Number("SLURM_LOCALID") ?? 0, Number("SLURM_STEP_NUM_TASKS"));
        if ((Number("PMIX_RANK") ?? Number("PMI_RANK")) is { } rank)
            return new JobLaunch(rank, Number("PMI_SIZE") ?? steps ?? 0, local);
        return Alone with { Strangers = steps ?? 1 };

        int? Number(string name) =>
            int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    /// <summary>The device of this process: of the GPUs of a machine, each of its processes has one.</summary>
    /// <param name="name">As the user gave it; a device with a number stays.</param>
    public string? DeviceOf(string? name)
    {
        if (!IsShared || name is not (Cuda or "auto") || DeviceCatalog.Here().CudaDevices is var count && count < 2)
            return name;
        return string.Create(CultureInfo.InvariantCulture, $"{Cuda}:{LocalRank % count}");
    }
}
