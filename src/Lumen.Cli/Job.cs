using System.Globalization;
using System.Text;
using Lumen.Core.Processes;

namespace Lumen.Cli;

/// <summary>Work that the processes of a job share.</summary>
internal static class Job
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(3); // in which process 0 says the same

    /// <summary>
    /// Does work in all processes that were started together, or in this one alone. Where one of them fails, all end.
    /// </summary>
    /// <param name="terminal">Where process 0 writes.</param>
    /// <param name="what">The command, which must be the same in all processes.</param>
    /// <param name="work">The work; answers with its exit code.</param>
    /// <returns>The largest exit code of any process.</returns>
    /// <exception cref="LumenException">MPI is not there, or another process does something else.</exception>
    public static int Together(Terminal terminal, string what, Func<ICommunicator, int> work)
    {
        var launch = terminal.Launch;
        if (launch.Strangers > 1)
            throw new LumenException(
                $"srun started {launch.Strangers} processes that do not know of each other, and each would do all of the work. Start them "
                    + "with srun --mpi=pmix (or --mpi=pmi2), or one with srun --ntasks 1."
            );
        if (!launch.IsShared)
            return work(new SingleProcess());
        var job = MpiCommunicator.Join();
        terminal.AfterFailure = job.Abort;
        var commands = job.Gather(Encoding.UTF8.GetBytes(what)).Select(Encoding.UTF8.GetString).ToArray();
        if (Array.FindIndex(commands, command => command != commands[0]) is var other && other >= 0)
            throw new LumenException(
                $"Process {other} was started as {commands[other]}, process 0 as {commands[0]}. Start all processes with the same command."
            );
        var code = work(job);
        code = job.Gather(BitConverter.GetBytes(code)).Max(one => BitConverter.ToInt32(one));
        terminal.AfterFailure = null;
        job.Dispose(); // not after a failure, which the others do not know of
        return code;
    }

    /// <summary>
    /// The terminal of a process. Process 0 writes as one that is alone does; the others write only why they failed, and that only if
    /// process 0 has not said the same by then.
    /// </summary>
    public static Terminal TerminalOf(JobLaunch launch)
    {
        if (launch.Rank == 0)
            return Terminal.OfConsole(launch);
        return new Terminal(TextWriter.Null, TextWriter.Null, isInteractive: false)
        {
            Launch = launch,
            Elsewhere = message =>
            {
                Thread.Sleep(First);
                Console.Error.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"error: process {launch.Rank} on {Environment.MachineName}: {VisibleText.Of(PropertyFlags.In(message))}"
                    )
                );
            },
        };
    }
}
