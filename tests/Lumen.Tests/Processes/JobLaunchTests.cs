using Lumen.Cli;
using Lumen.Core.Processes;
using Xunit;

namespace Lumen.Tests.Processes;

public sealed class JobLaunchTests
{
    [Fact]
    public void Without_a_launcher_a_process_is_alone()
    {
        Assert.Equal(JobLaunch.Alone, Of());
        Assert.False(Of(("SLURM_JOB_ID", "7"), ("SLURM_NTASKS", "4")).IsShared); // the batch file itself
        Assert.False(Of(("OMPI_COMM_WORLD_SIZE", "1"), ("OMPI_COMM_WORLD_RANK", "0")).IsShared);
    }

    [Fact]
    public void The_variables_of_mpirun_and_srun_say_which_process_this_is()
    {
        Assert.Equal(
            new JobLaunch(3, 4, 1),
            Of(("OMPI_COMM_WORLD_SIZE", "4"), ("OMPI_COMM_WORLD_RANK", "3"), ("OMPI_COMM_WORLD_LOCAL_RANK", "1"), ("PMIX_RANK", "3"))
        );
        Assert.Equal(
            new JobLaunch(5, 8, 2),
            Of(("PMIX_RANK", "5"), ("SLURM_STEP_NUM_TASKS", "8"), ("SLURM_LOCALID", "2"), ("SLURM_PROCID", "5"))
        );
        Assert.Equal(new JobLaunch(1, 2, 0), Of(("PMI_RANK", "1"), ("PMI_SIZE", "2")));
        Assert.True(Of(("PMIX_RANK", "0")).IsShared); // how many there are, MPI will say
    }

    [Fact]
    public void Processes_of_srun_that_do_not_know_of_each_other_are_refused()
    {
        using var error = new StringWriter();
        var terminal = new Terminal(TextWriter.Null, error, isInteractive: false) { Launch = Of(("SLURM_STEP_NUM_TASKS", "4")) };
        var fault = Assert.Throws<LumenException>(() => Job.Together(terminal, "lumen train vae", _ => 0));
        Assert.Contains("--mpi=pmix", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_library_of_mpi_is_a_sentence()
    {
        var fault = Assert.Throws<LumenException>(() => MpiLibrary.Open(["libmpi-that-is-not-there.so"]));
        Assert.Equal(LumenErrorKind.Device, fault.Kind);
        Assert.Contains("openmpi-bin", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_library_than_open_mpi_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The library is called otherwise here.");
        Assert.Contains(
            "not Open MPI",
            Assert.Throws<LumenException>(() => MpiLibrary.Open(["libc.so.6"])).Message,
            StringComparison.Ordinal
        );
    }

    private static JobLaunch Of(params (string Name, string Value)[] variables) =>
        JobLaunch.Of(name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}
